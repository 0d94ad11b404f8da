"""A décompte of the mandatory scheme as its flow tells it: lines that come in any order, and corrections of them.

A décompte concerns one person and one payee. Each line says how many lines the décompte has at that point: it is
settled once they are all there, on the lines that no negative line has taken back (dossier 8.1).
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum

from chalicelib.domain import acts
from chalicelib.domain.claim import ClaimLine
from chalicelib.domain.errors import Conflict, FieldError, FieldErrors
from chalicelib.domain.money import Cents

MOST_LINES = 40


class PayeeKind(StrEnum):
    """Who gets what the contract pays: the member, the professional, or nobody more when the operator has paid."""

    MEMBER = "member"
    PROFESSIONAL = "professional"
    OPERATOR = "operator"


PAYEE_LABELS = {
    PayeeKind.MEMBER: "Versé à l’assuré",
    PayeeKind.PROFESSIONAL: "Versé au professionnel de santé",
    PayeeKind.OPERATOR: "Payé au professionnel de santé par l’opérateur de tiers payant",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Payee:
    """Who is paid; the professional's number and name when it is not the member (H151)."""

    kind: PayeeKind
    number: str | None = None
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowPerson:
    """Whom a décompte concerns: a number (their own or the holder's) as it is found and shown, and a birth date.

    ``twin`` tells people of one birth date under one number apart: 1 for the first born.
    """

    nir_lookup: str
    nir_masked: str
    birth_date: date | None = None
    twin: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowLine:
    """One line of a décompte, under its number. A negative line has the amounts of the line that it ``cancels``.

    ``lines`` is the number of lines that the décompte has, this one's emission included; ``file`` the file that
    brought it first. ``act`` is the act that an agent put in the place of the one told.
    """

    number: int
    lines: int
    care: ClaimLine
    cancels: int | None = None
    file: str
    act: str | None = None

    def says_the_same(self, other: "FlowLine") -> bool:
        """Whether two tellings of a line say the same, whichever files brought them."""
        return replace(self, file="", act=None) == replace(other, file="", act=None)

    @property
    def claim_line(self) -> ClaimLine:
        """The line as it is settled."""
        return replace(self.care, act=self.act) if self.act else self.care


class FlowState(StrEnum):
    """Where a décompte of the scheme stands."""

    INCOMPLETE = "INCOMPLETE"
    HELD = "HELD"
    SETTLED = "SETTLED"
    DROPPED = "DROPPED"


FLOW_LABELS = {
    FlowState.INCOMPLETE: "Lignes manquantes",
    FlowState.HELD: "À examiner",
    FlowState.SETTLED: "Remboursé",
    FlowState.DROPPED: "Écarté",
}


class FlowQueue(StrEnum):
    """What agents look at: décomptes to examine, those with missing lines, and overpayments to recover."""

    HELD = "held"
    INCOMPLETE = "incomplete"
    OVERPAID = "overpaid"


class Reason(StrEnum):
    """Why a décompte waits for an agent."""

    UNKNOWN_PERSON = "unknown_person"
    SEVERAL_PEOPLE = "several_people"
    UNKNOWN_ACT = "unknown_act"
    WRONG_CANCELLATION = "wrong_cancellation"
    NOT_COVERED = "not_covered"
    ALREADY_CLAIMED = "already_claimed"
    DOUBT = "doubt"
    LIMIT = "limit"


REASON_SENTENCES = {
    Reason.UNKNOWN_PERSON: "Personne n’est assuré sous ce numéro, avec cette date de naissance.",
    Reason.SEVERAL_PEOPLE: "Plusieurs adhésions couvrent cette personne le jour des soins.",
    Reason.UNKNOWN_ACT: "Un acte n’est pas au catalogue.",
    Reason.WRONG_CANCELLATION: "Une ligne négative ne correspond à aucune ligne à annuler.",
    Reason.NOT_COVERED: "Le contrat ne couvrait pas ces soins.",
    Reason.ALREADY_CLAIMED: "L’assuré a demandé le remboursement des mêmes soins.",
    Reason.DOUBT: "Le calcul demande un examen.",
    Reason.LIMIT: "Le montant dépasse le seuil de décision automatique.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Obstacle:
    """One reason for which a décompte waits, with what an agent should know of it."""

    reason: Reason
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowEvent:
    """One thing that an agent did to a décompte, and why."""

    at: datetime
    actor: str
    event: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowOpinion:
    """What a first agent would have paid for the lines there are; it counts once another agent lets the same pass."""

    actor: str
    lines: int
    amount_cents: Cents


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowDecompte:
    """A décompte of the scheme: its lines, whom they were matched with, what was settled and what was paid for it.

    ``settled_lines`` counts the lines that the last settlement took in, ``sequence`` the décomptes of ours that were
    made, ``current_id`` is the one that stands. ``ordered_cents`` is all that was ordered to be paid, ``due_cents``
    what should have been; of the difference ``recovered_cents`` came back and ``waived_cents`` was given up.
    ``released`` is the number of lines on which an agent let pass what needed a look; one who set the décompte aside
    (``dropped``) looks at whatever comes later. ``opinion`` is a first agent's, where it takes two, on the
    ``obstacles`` as they are. ``queued`` says that the agents' queue has had an item for it.
    """

    flow_id: str
    scheme: str
    number: str
    person: FlowPerson
    payee: Payee
    lines: tuple[FlowLine, ...] = ()
    state: FlowState = FlowState.INCOMPLETE
    obstacles: tuple[Obstacle, ...] = ()
    member_id: str | None = None
    beneficiary_id: str | None = None
    attached: bool = False
    settled_lines: int = 0
    released: int = 0
    dropped: bool = False
    sequence: int = 0
    current_id: str | None = None
    due_cents: Cents = 0
    ordered_cents: Cents = 0
    recovered_cents: Cents = 0
    waived_cents: Cents = 0
    opinion: FlowOpinion | None = None
    queued: bool = False
    events: tuple[FlowEvent, ...] = ()
    received_at: datetime
    since: datetime
    version: int = 0

    @property
    def complete(self) -> int:
        """How many lines make the latest complete telling of the décompte; 0 while lines are missing.

        >>> from datetime import UTC
        >>> def line(number, lines):
        ...     care = ClaimLine(act="G", care_on=date(2026, 3, 2), expense_cents=3000)
        ...     return FlowLine(number=number, lines=lines, care=care, file="f")
        >>> now = datetime(2026, 3, 9, tzinfo=UTC)
        >>> person, payee = FlowPerson(nir_lookup="h", nir_masked="2 90 05"), Payee(kind=PayeeKind.MEMBER)
        >>> one = FlowDecompte(flow_id="1", scheme="01751", number="D1", person=person, payee=payee,
        ...     lines=(line(2, 2),), received_at=now, since=now)
        >>> one.complete, replace(one, lines=(line(1, 2), line(2, 2))).complete
        (0, 2)
        """
        present = {line.number for line in self.lines}
        first = 0
        while first + 1 in present:
            first += 1
        return max((line.lines for line in self.lines if line.lines <= first), default=0)

    def told(self, line: FlowLine) -> "FlowDecompte":
        """The décompte with one line more.

        Errors: ``FieldErrors`` on ``line`` for a number that stands for something else.
        """
        known = next((one for one in self.lines if one.number == line.number), None)
        if known is None:
            return replace(self, lines=tuple(sorted((*self.lines, line), key=lambda one: one.number)))
        if known.says_the_same(line):
            return self
        sentence = "Cette ligne du décompte nous est déjà parvenue avec un autre contenu."
        raise FieldErrors.on("line", sentence, "line_used")

    def live(self) -> tuple[FlowLine, ...] | None:
        """The lines of the latest complete telling that stand; ``None`` where a negative line undoes no such line."""
        return self.standing(self.complete)

    def standing(self, until: int) -> tuple[FlowLine, ...] | None:
        """The lines up to a number that no negative line has taken back; ``None`` where one undoes no such line."""
        told = [line for line in self.lines if line.number <= until]
        standing = {line.number: line for line in told if line.cancels is None}
        for negative in (line for line in told if line.cancels is not None):
            found = standing.pop(negative.cancels or 0, None)
            if found is None or _amounts(found.care) != _amounts(negative.care) or negative.number < found.number:
                return None
        return tuple(standing[number] for number in sorted(standing))

    @property
    def queue(self) -> FlowQueue | None:
        """Where agents find it."""
        if self.overpaid_cents:
            return FlowQueue.OVERPAID
        return {FlowState.HELD: FlowQueue.HELD, FlowState.INCOMPLETE: FlowQueue.INCOMPLETE}.get(self.state)

    @property
    def overpaid_cents(self) -> Cents:
        """What was paid in excess and has neither come back nor been given up (indu)."""
        return max(0, self.ordered_cents - self.recovered_cents - self.due_cents - self.waived_cents)

    def to_order(self, due_cents: Cents) -> Cents:
        """What is still to be paid when an amount is due in all."""
        return max(0, due_cents - (self.ordered_cents - self.recovered_cents))

    @property
    def misses_lines(self) -> bool:
        """Whether lines of its latest telling have not come."""
        complete = self.complete
        return any(line.number > complete or line.lines > complete for line in self.lines)

    def unknown_acts(self) -> tuple[int, ...]:
        """The numbers of the standing lines whose act nobody knows."""
        return tuple(line.number for line in self.live() or () if acts.find(line.claim_line.act) is None)

    def in_state(self, state: FlowState, *, at: datetime, obstacles: Iterable[Obstacle] = ()) -> "FlowDecompte":
        """The décompte in a state; ``since`` moves only when the state does, an opinion goes when obstacles change."""
        since = self.since if state is self.state else at
        found = tuple(obstacles)
        opinion = self.opinion if found == self.obstacles else None
        return replace(self, state=state, obstacles=found, since=since, opinion=opinion)

    def noted(self, *, at: datetime, actor: str, event: str, reason: str) -> "FlowDecompte":
        """The décompte with what an agent did."""
        return replace(self, events=(*self.events, FlowEvent(at=at, actor=actor, event=event, reason=reason)))

    def corrected(self, number: int, act: str) -> "FlowDecompte":
        """The décompte with the act of one line replaced.

        Errors: ``FieldErrors`` for a line that is not there, or an act that the catalogue does not have.
        """
        faults = []
        if all(line.number != number for line in self.lines):
            faults.append(FieldError("line", "Ce décompte n’a pas de ligne de ce numéro.", "unknown"))
        if acts.find(act) is None:
            faults.append(FieldError("act", "Choisissez un acte du catalogue.", "unknown_act"))
        if faults:
            raise FieldErrors(*faults)
        changed = (replace(line, act=act) if line.number == number else line for line in self.lines)
        return replace(self, lines=tuple(changed))

    def proposed(self, actor: str, amount_cents: Cents) -> "FlowDecompte":
        """The décompte as an agent would have it paid."""
        return replace(self, opinion=FlowOpinion(actor=actor, lines=self.complete, amount_cents=amount_cents))

    def agreed_by_another(self, actor: str, amount_cents: Cents) -> bool:
        """Whether another agent would have paid as much, at least, for the very same lines."""
        one = self.opinion
        return (
            one is not None and one.actor != actor and one.lines == self.complete and amount_cents <= one.amount_cents
        )

    def check_held(self) -> None:
        """Refuse what is only done to a décompte that waits for an agent.

        Errors: ``Conflict``.
        """
        if self.state is not FlowState.HELD:
            sentence = (
                f"Ce décompte est «\u00a0{FLOW_LABELS[self.state]}\u00a0»\u00a0: cette action n’est plus possible."
            )
            raise Conflict("not_held", sentence)


def _amounts(care: ClaimLine) -> tuple[Cents, Cents | None]:
    return care.expense_cents, care.statutory_paid_cents


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowSummary:
    """What a queue shows of a décompte; it cannot be saved."""

    flow_id: str
    scheme: str
    number: str
    state: FlowState
    obstacles: tuple[Obstacle, ...] = ()
    lines: int
    care_from: date
    statutory_cents: Cents
    overpaid_cents: Cents = 0
    since: datetime
