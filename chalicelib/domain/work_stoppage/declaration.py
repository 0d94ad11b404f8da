"""A declaration of a work stoppage: a draft that grows, then a file with a number, complements and follow-ups."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from chalicelib.domain.company import Risk
from chalicelib.domain.errors import Conflict, Refused
from chalicelib.domain.periods import Period
from chalicelib.domain.work_stoppage.checks import check_answers
from chalicelib.domain.work_stoppage.deadline import Deadline, day_in_paris
from chalicelib.domain.work_stoppage.kinds import Movement, StoppageKind
from chalicelib.domain.work_stoppage.questions import (
    Question,
    StoppageDocument,
    answers_to_data,
    asked,
    documents,
    read_answers,
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
    of the documents that were accepted, ``complements`` what a person asked for besides the form.
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
    history: tuple[Event, ...] = ()
    created_at: datetime
    version: int = 0

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
        return replace(self, answers=read_answers(raw, self.situation(today), complete=False))

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
        Errors: ``Conflict`` when the file is not open (a relapse: not closed), ``Refused`` when it is another file's.
        """
        if follow_up.number is None or follow_up.number != self.number:
            raise Refused("other_file", "Cette déclaration se rattache à un autre dossier d’arrêt.")
        event, state = str(follow_up.movement), _led_to(follow_up)
        on = follow_up.situation(day_in_paris(at)).first_day(follow_up.answers)
        if follow_up.movement is Movement.RELAPSE or self.state.leads_to(state) or self.state not in OPEN:
            return self.moved_to(state, at=at, actor=actor, event=event, effective_on=on)
        return self._noted(event, at=at, actor=actor, effective_on=on)

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
        created_at=at,
    )


def _led_to(follow_up: Declaration) -> StoppageState:
    if follow_up.movement is Movement.RELAPSE:
        return StoppageState.RELAPSE
    if follow_up.movement is Movement.PROLONGATION:
        return StoppageState.EXTENDED
    part_time = follow_up.answers.get("return_mode") == "temps_partiel_therapeutique"
    return StoppageState.PART_TIME if part_time else StoppageState.RESUMED
