"""A declaration of a work stoppage: a draft that grows, then a file with a number, complements and follow-ups."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from chalicelib.domain.company import Risk
from chalicelib.domain.errors import Conflict, Refused
from chalicelib.domain.periods import Period
from chalicelib.domain.work_stoppage.checks import check_answers
from chalicelib.domain.work_stoppage.deadline import Deadline, day_in_paris, deadline_of
from chalicelib.domain.work_stoppage.kinds import Movement, StoppageKind
from chalicelib.domain.work_stoppage.payments import PaymentKind, StoppagePayment
from chalicelib.domain.work_stoppage.questions import (
    Question,
    StoppageDocument,
    answers_to_data,
    asked,
    documents,
    read_answers,
    typed_answers,
)
from chalicelib.domain.work_stoppage.situation import Answers, Situation
from chalicelib.domain.work_stoppage.state import OPEN, StoppageState


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One thing that happened to a file: when, by whom, which state it led to, from which day on, and why."""

    at: datetime
    actor: str
    event: str
    state: StoppageState
    effective_on: date | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Declaration:
    """One declaration: of a new stoppage, or of what follows one (a prolongation, a return, a relapse).

    ``number`` is the file's: given when an opening is declared, and borne by its follow-ups. ``received`` are the codes
    of the documents that were accepted, ``complements`` what a person asked for besides the form. ``follow_ups`` are
    those of an opening as they were declared, in that order; ``payments`` what was received and paid on an opening's
    file; ``opening_id`` is the opening that a follow-up goes on
    from. ``answers`` are typed by the form, whether they were given typed or as ``answers_to_data`` writes them.
    """

    declaration_id: str
    company_id: str
    member_id: str
    contract_id: str
    movement: Movement
    kind: StoppageKind
    state: StoppageState = StoppageState.DRAFT
    answers: Answers = field(default_factory=dict)
    number: str | None = None
    late: bool = False
    declared_at: datetime | None = None
    complements: tuple[StoppageDocument, ...] = ()
    received: frozenset[str] = frozenset()
    opening_id: str | None = None
    follow_ups: tuple["Declaration", ...] = ()
    payments: tuple[StoppagePayment, ...] = ()
    history: tuple[Event, ...] = ()
    created_at: datetime
    version: int = 0

    def __post_init__(self) -> None:
        object.__setattr__(self, "answers", typed_answers(self.answers))

    @property
    def told(self) -> tuple["Declaration", ...]:
        """What was declared of a file so far: the opening and its follow-ups, in the order declared."""
        return (self, *self.follow_ups)

    def situation(self, today: date) -> Situation:
        """What the form starts from; once declared, the day of the declaration stands."""
        on = day_in_paris(self.declared_at) if self.declared_at else today
        return Situation(movement=self.movement, kind=self.kind, today=on)

    def questions(self, today: date) -> tuple[Question, ...]:
        """The questions to show, given the answers so far (H91)."""
        return asked(self.situation(today), self.answers)

    def deadline(self, today: date) -> Deadline | None:
        """The clock to show, once the first day is known (H93)."""
        return self.situation(today).deadline(self.answers)

    def required(self, today: date) -> tuple[StoppageDocument, ...]:
        """The documents to send, the complements last (H95)."""
        return (*documents(self.situation(today), self.answers), *self.complements)

    def missing(self, today: date) -> tuple[StoppageDocument, ...]:
        """The documents for which no file was accepted yet."""
        return tuple(one for one in self.required(today) if one.code not in self.received)

    def answered(self, raw: Mapping[str, object], *, today: date) -> "Declaration":
        """The same draft with these answers; it may stay incomplete (H95).

        Errors: ``FieldErrors``; ``Conflict`` once declared.
        """
        self._check_draft()
        filled = replace(self, answers=read_answers(raw, self.situation(today), complete=False))
        clock = filled.deadline(today)
        return replace(filled, late=clock is not None and clock.is_late(today))

    def dropped(self, *, at: datetime, actor: str) -> "Declaration":
        """The draft given up: nothing that was answered is kept.

        Errors: ``Conflict`` once declared.
        """
        self._check_draft()
        return replace(self, answers={}, late=False).moved_to(
            StoppageState.DROPPED, at=at, actor=actor, event="draft_dropped"
        )

    @property
    def waits_for_recall(self) -> bool:
        """Whether the clock may still recall it: a draft, not of a return to work, and not told to be late yet."""
        overdue = any(one.event == OVERDUE for one in self.history)
        return self.state is StoppageState.DRAFT and self.movement is not Movement.RETURN and not overdue

    def recall(self, today: date) -> "Recall | None":
        """The one recall that is due on a day, the latest of those not made yet; after the limit, that it is late.

        While the first day is not known, the clock is counted from the day the draft was begun.
        Source: A5; H93.

        >>> from datetime import UTC
        >>> draft = draft_opening(declaration_id="d", company_id="c", member_id="m", contract_id="k",
        ...     risk=Risk.PROVIDENT, kind=StoppageKind.ILLNESS, at=datetime(2026, 3, 1, 9, tzinfo=UTC))
        >>> draft.recall(date(2026, 3, 7)), draft.recall(date(2026, 3, 8)).on, draft.recall(date(2026, 4, 1)).late
        (None, datetime.date(2026, 3, 8), True)
        """
        if not self.waits_for_recall:
            return None
        clock = self.deadline(today) or deadline_of(day_in_paris(self.created_at))
        if clock.is_late(today):
            return Recall(on=clock.due_on, due_on=clock.due_on, late=True)
        made = {one.effective_on for one in self.history if one.event == RECALLED}
        due = max((day for day in clock.reminders_on if day <= today), default=None)
        return Recall(on=due, due_on=clock.due_on, late=False) if due and due not in made else None

    def recalled(self, recall: "Recall", *, at: datetime) -> "Declaration":
        """The same draft once its employer was mailed: this recall is not made again, and a late draft is flagged."""
        event = OVERDUE if recall.late else RECALLED
        noted = replace(self, late=self.late or recall.late)
        return noted._noted(event, at=at, actor="system", effective_on=recall.on)

    def declared(
        self,
        *,
        at: datetime,
        actor: str,
        covered: Period,
        number: str | None = None,
        current: Period | None = None,
    ) -> "Declaration":
        """The draft sent: complete, coherent, and flagged when it comes after the 30 days, never refused for it (A5).

        ``covered`` is the affiliation to the contract. An opening is given its file's ``number``; a follow-up bears it
        already, and is checked against ``current``, the stoppage so far.
        Errors: ``FieldErrors``; ``Conflict`` once declared; ``ValueError`` for a file without a number.
        """
        self._check_draft()
        file_number = self.number or number
        if file_number is None:
            raise ValueError("a file has a number once it is declared")
        situation = self.situation(day_in_paris(at))
        answers = read_answers(answers_to_data(self.answers), situation, complete=True)
        check_answers(answers, situation, covered=covered, current=current)
        clock = situation.deadline(answers)
        late = clock is not None and clock.is_late(situation.today)
        sent = replace(self, answers=answers, number=file_number, late=late, declared_at=at)
        reason = str(answers["late_reason"]) if late else None
        return sent.moved_to(
            StoppageState.DECLARED,
            at=at,
            actor=actor,
            event="declared_late" if late else "declared",
            effective_on=situation.first_day(answers),
            reason=reason,
        )

    def with_received(self, codes: Collection[str], *, at: datetime, actor: str) -> "Declaration":
        """The same file with more documents accepted: complete once nothing is missing, else waiting for documents."""
        held = replace(self, received=self.received | frozenset(codes))
        state = StoppageState.INCOMPLETE if held.missing(day_in_paris(at)) else StoppageState.COMPLETE
        if state is self.state or not self.state.leads_to(state):
            return held
        return held.moved_to(state, at=at, actor=actor, event="documents_received")

    def asked_for(self, document: StoppageDocument, *, at: datetime, actor: str) -> "Declaration":
        """The same file waiting for one more document, whose reason is read by the employer.

        A document refused after it was accepted is asked for again under the same code.
        Errors: ``Conflict`` when the file cannot wait for documents.
        """
        known = [one for one in self.required(day_in_paris(at)) if one.code == document.code]
        complements = self.complements if known else (*self.complements, document)
        asking = replace(self, complements=complements, received=self.received - {document.code})
        if self.state is StoppageState.INCOMPLETE:
            return asking._noted("document_asked", at=at, actor=actor, reason=document.reason)
        return asking.moved_to(
            StoppageState.INCOMPLETE, at=at, actor=actor, event="document_asked", reason=document.reason
        )

    def followed_by(self, follow_up: "Declaration", *, at: datetime, actor: str) -> "Declaration":
        """The opening after one of its follow-ups was declared: prolonged, back at work, or in relapse.

        A prolongation or a return that comes before the first payment is noted without changing the state.
        Errors: ``Conflict`` when the file is not open (a relapse: not closed), or when the same was declared before;
        ``Refused`` when it is another file's.
        """
        if follow_up.number is None or follow_up.number != self.number:
            raise Refused("other_file", "Cette déclaration se rattache à un autre dossier d’arrêt.")
        event, state, on = str(follow_up.movement), _led_to(follow_up), follow_up.first_day
        if any((one.movement, one.first_day) == (follow_up.movement, on) for one in self.follow_ups):
            raise Conflict("already_declared", "Cette suite de l’arrêt est déjà déclarée, à partir du même jour.")
        longer = replace(self, follow_ups=(*self.follow_ups, follow_up))
        if follow_up.movement is Movement.RELAPSE or self.state.leads_to(state) or self.state not in OPEN:
            return longer.moved_to(state, at=at, actor=actor, event=event, effective_on=on)
        return longer._noted(event, at=at, actor=actor, effective_on=on)

    def paid(self, payment: StoppagePayment, *, at: datetime, actor: str) -> "Declaration":
        """The file after allowances were received or a complement was paid; the first complement has it being paid.

        The same payment again changes nothing.
        Errors: ``Conflict`` when the file is not being indemnified, or when some of these days were recorded before.
        """
        if payment.payment_id in {one.payment_id for one in self.payments}:
            return self
        if self.state not in _INDEMNIFIED:
            sentence = f"Le dossier est «\u00a0{self.state.label}\u00a0»\u00a0: il n’est pas en cours d’indemnisation."
            raise Conflict("not_indemnified", sentence)
        if any(payment.meets(one) for one in self.payments):
            raise Conflict("already_recorded", "Certains de ces jours ont déjà été enregistrés.")
        paid = replace(self, payments=(*self.payments, payment))
        on = payment.first_day
        if payment.kind is PaymentKind.COMPLEMENT and self.state.leads_to(StoppageState.PAYING):
            return paid.moved_to(StoppageState.PAYING, at=at, actor=actor, event="complement_paid", effective_on=on)
        event = "complement_paid" if payment.kind is PaymentKind.COMPLEMENT else "allowances_received"
        return paid._noted(event, at=at, actor=actor, effective_on=on)

    @property
    def first_day(self) -> date | None:
        """The day on which what is declared begins, once it is known."""
        return self.situation(date.min).first_day(self.answers)

    def without(self, follow_up: "Declaration", *, at: datetime, actor: str) -> "Declaration":
        """The opening after one of its follow-ups was refused: its days no longer count."""
        left = tuple(one for one in self.follow_ups if one.declaration_id != follow_up.declaration_id)
        rest = replace(self, follow_ups=left)
        event, on = f"{follow_up.movement}_refused", follow_up.first_day
        if self.state is StoppageState.EXTENDED:
            return rest.moved_to(StoppageState.PAYING, at=at, actor=actor, event=event, effective_on=on)
        if self.state is StoppageState.RELAPSE:
            return rest.moved_to(StoppageState.CLOSED, at=at, actor=actor, event=event, effective_on=on)
        return rest._noted(event, at=at, actor=actor, effective_on=on)

    def accepted(self, standing: StoppageState, *, at: datetime, actor: str) -> "Declaration":
        """The file after a person accepted it, as far as its days allow; a return that was declared before counts.

        ``standing`` is where its days put it: in the franchise, payable, or being paid.
        Errors: ``Conflict`` unless it is complete.
        """
        if self.state is not StoppageState.COMPLETE:
            raise Conflict("not_in_review", "Ce dossier n’attend pas de décision.")
        return self._along(standing, at=at, actor=actor)

    def brought_to(self, standing: StoppageState, *, at: datetime, actor: str) -> "Declaration":
        """The file after a follow-up was accepted: moved towards where its days put it, unless it waits for a decision.

        Errors: ``Conflict`` when the file was refused.
        """
        if self.state is StoppageState.REJECTED:
            raise Conflict("file_refused", "Le dossier que cette déclaration prolonge a été refusé.")
        return self if self.state is StoppageState.COMPLETE else self._along(standing, at=at, actor=actor)

    def _along(self, standing: StoppageState, *, at: datetime, actor: str) -> "Declaration":
        held = self
        if held.state is StoppageState.RELAPSE:
            held = held.moved_to(StoppageState.COMPLETE, at=at, actor=actor, event="accepted")
        for state in _WAYS[standing]:
            if held.state.leads_to(state) and held.state is not StoppageState.PART_TIME:
                held = held.moved_to(state, at=at, actor=actor, event="accepted")
        back = self._back
        if back is not None and held.state.leads_to(_led_to(back)):
            event, on = str(Movement.RETURN), back.first_day
            held = held.moved_to(_led_to(back), at=at, actor=actor, event=event, effective_on=on)
        return held

    @property
    def _back(self) -> "Declaration | None":
        """The last return to work that was declared since the stoppage, or its last relapse, began."""
        for one in reversed(self.follow_ups):
            if one.movement is not Movement.PROLONGATION:
                return one if one.movement is Movement.RETURN else None
        return None

    def attached(self, *, at: datetime, actor: str) -> "Declaration":
        """The follow-up after a person accepted it: from now on its file tells where things stand.

        Errors: ``Conflict`` unless it is complete.
        """
        return self.moved_to(StoppageState.ATTACHED, at=at, actor=actor, event="accepted")

    def moved_to(
        self,
        state: StoppageState,
        *,
        at: datetime,
        actor: str,
        event: str,
        effective_on: date | None = None,
        reason: str | None = None,
    ) -> "Declaration":
        """The same file in another state, its history longer by one event.

        Errors: ``Conflict`` when the state machine has no such step.
        """
        if not self.state.leads_to(state):
            sentence = f"Le dossier est «\u00a0{self.state.label}\u00a0»\u00a0: cette action n’est pas possible."
            raise Conflict("invalid_transition", sentence)
        moved = replace(self, state=state)
        return moved._noted(event, at=at, actor=actor, effective_on=effective_on, reason=reason)

    def _noted(
        self, event: str, *, at: datetime, actor: str, effective_on: date | None = None, reason: str | None = None
    ) -> "Declaration":
        entry = Event(at=at, actor=actor, event=event, state=self.state, effective_on=effective_on, reason=reason)
        return replace(self, history=(*self.history, entry))

    def _check_draft(self) -> None:
        if self.state is not StoppageState.DRAFT:
            raise Conflict("already_declared", "Cet arrêt est déjà déclaré\u00a0: il ne peut plus être modifié.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Recall:
    """One mail that the clock causes: the day it was due, the last day in time, and whether that has passed."""

    on: date
    due_on: date
    late: bool


_INDEMNIFIED = frozenset(
    {
        StoppageState.PAYABLE,
        StoppageState.PAYING,
        StoppageState.EXTENDED,
        StoppageState.PART_TIME,
        StoppageState.RESUMED,
        StoppageState.INVALIDITY,
    }
)
RECALLED, OVERDUE = "recalled", "overdue"
_WAYS = {
    StoppageState.IN_FRANCHISE: (StoppageState.IN_FRANCHISE,),
    StoppageState.PAYABLE: (StoppageState.PAYABLE,),
    StoppageState.PAYING: (StoppageState.PAYABLE, StoppageState.PAYING),
}


def draft_opening(
    *,
    declaration_id: str,
    company_id: str,
    member_id: str,
    contract_id: str,
    risk: Risk,
    kind: StoppageKind,
    at: datetime,
) -> Declaration:
    """The empty draft of a new stoppage.

    Errors: ``Refused`` for another contract than a prévoyance one (H88, A3).
    """
    if risk is not Risk.PROVIDENT:
        raise Refused("not_provident", "Un arrêt de travail se déclare sur un contrat de prévoyance.")
    return Declaration(
        declaration_id=declaration_id,
        company_id=company_id,
        member_id=member_id,
        contract_id=contract_id,
        movement=Movement.OPENING,
        kind=kind,
        created_at=at,
    )


def draft_follow_up(opening: Declaration, *, declaration_id: str, movement: Movement, at: datetime) -> Declaration:
    """The empty draft of what follows a stoppage that was declared; it bears the same file number.

    Errors: ``Conflict`` when the file is not open, or for a relapse not closed; ``ValueError`` for an opening.
    """
    if movement is Movement.OPENING:
        raise ValueError("an opening follows nothing")
    ready = opening.state is StoppageState.CLOSED if movement is Movement.RELAPSE else opening.state in OPEN
    if not ready or opening.number is None:
        sentence = f"Le dossier est «\u00a0{opening.state.label}\u00a0»\u00a0: cette déclaration n’est pas possible."
        raise Conflict("invalid_transition", sentence)
    return Declaration(
        declaration_id=declaration_id,
        company_id=opening.company_id,
        member_id=opening.member_id,
        contract_id=opening.contract_id,
        movement=movement,
        kind=opening.kind,
        number=opening.number,
        opening_id=opening.declaration_id,
        created_at=at,
    )


def _led_to(follow_up: Declaration) -> StoppageState:
    if follow_up.movement is Movement.RELAPSE:
        return StoppageState.RELAPSE
    if follow_up.movement is Movement.PROLONGATION:
        return StoppageState.EXTENDED
    part_time = follow_up.answers.get("return_mode") == "temps_partiel_therapeutique"
    return StoppageState.PART_TIME if part_time else StoppageState.RESUMED
