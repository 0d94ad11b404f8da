"""What the mandatory scheme sends by itself: acts become reimbursements without any claim, answers move attachments.

Requirements H149–H151. What nobody can be matched with, or what calls for a look, waits for an agent.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from chalicelib import clock
from chalicelib.domain.claim import contradictions
from chalicelib.domain.errors import Conflict, FieldErrors, NotFound
from chalicelib.domain.flow import (
    FlowDecompte,
    FlowPerson,
    FlowQueue,
    FlowState,
    FlowSummary,
)
from chalicelib.domain.member import Teletransmission
from chalicelib.domain.money import Cents
from chalicelib.domain.teletransmission import health_cover
from chalicelib.domain.work_queue import Agent
from chalicelib.gateways import secrets
from chalicelib.identifiers import mask_nir
from chalicelib.services import flow_files, flow_items, teletransmission, tokens
from chalicelib.services.flow_files import ActLine, AttachmentEvent, AttachmentLine, FlowEntry, PersonForm
from chalicelib.services.flow_settling import Desk, Seen, advance, let_pass
from chalicelib.storage import flows, identities, members
from chalicelib.storage.identities import Identity
from chalicelib.storage.transaction import Stale, retry_stale

PAGE = 50
ANSWERS = {
    AttachmentEvent.ACCEPTED: Teletransmission.ON,
    AttachmentEvent.REFUSED: Teletransmission.REFUSED,
    AttachmentEvent.ENDED: Teletransmission.OFF,
}
Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Received:
    """What became of one line: ``accepted`` by this file or ``unchanged``, and what to tell of it."""

    outcome: str
    details: Document


Receipt = Received | FieldErrors


@dataclass(frozen=True, slots=True)
class _Numbered:
    """An act with its line in the file and the hash of the number it names."""

    row: int
    entry: ActLine
    lookup: str


def receive(lines: Iterable[tuple[int, Document | FieldErrors]], *, scheme: str, file: str) -> dict[int, Receipt]:
    """Take in some lines of a flow file of a scheme: each once, whichever file brings it again (H150).

    The lines of one décompte are settled together, and décomptes in the order of their care. ``file`` tells the lines
    that this file brought from those known before.
    """
    receipts: dict[int, Receipt] = {}
    entries: dict[int, FlowEntry] = {}
    today = clock.today()
    for row, document in lines:
        try:
            if isinstance(document, FieldErrors):
                raise document
            entries[row] = flow_files.entry_of(document, today=today)
        except FieldErrors as error:
            receipts[row] = error
    lookups = {nir: secrets.lookup_hash(nir, field="nir") for nir in {one.person.nir for one in entries.values()}}
    desk = Desk()
    desk.read(lookups.values())
    desk.read_guards()
    numbered = [
        _Numbered(row, entry, lookups[entry.person.nir]) for row, entry in entries.items() if isinstance(entry, ActLine)
    ]
    receipts |= _receive_acts(numbered, desk, scheme=scheme, file=file)
    for row, entry in entries.items():
        if isinstance(entry, AttachmentLine):
            receipts[row] = _receive_answer(entry, _person(entry.person, lookups[entry.person.nir]), desk)
    return receipts


def _receive_acts(acts: Sequence[_Numbered], desk: Desk, *, scheme: str, file: str) -> dict[int, Receipt]:
    by_decompte: dict[str, list[_Numbered]] = {}
    for one in acts:
        by_decompte.setdefault(tokens.derived_id("flow", scheme, one.entry.decompte), []).append(one)
    known = flows.several(by_decompte)
    receipts: dict[int, Receipt] = {}
    for flow_id, told in sorted(by_decompte.items(), key=lambda item: _order(item[1])):
        receipts |= _receive_decompte(flow_id, told, known.get(flow_id), desk, scheme=scheme, file=file)
    return receipts


def _order(told: Sequence[_Numbered]) -> tuple[date, str]:
    return min(one.entry.care_on for one in told), told[0].entry.decompte


def _receive_decompte(
    flow_id: str, told: Sequence[_Numbered], known: FlowDecompte | None, desk: Desk, *, scheme: str, file: str
) -> dict[int, Receipt]:
    """Add the lines of one décompte and settle it, on what was read for all first, and anew if that is stale."""
    first = [known]

    def attempt() -> dict[int, Receipt]:
        before = first.pop() if first else flows.get(flow_id)
        flow = before or _opened(flow_id, scheme, told[0])
        faults: dict[int, FieldErrors] = {}
        for one in told:
            try:
                flow = _told(flow, one, file)
            except FieldErrors as error:
                faults[one.row] = error
        if flow is not before and flow.lines:
            try:
                flow = advance(flow, desk)
            except Stale:
                desk.forget()
                raise
        return {one.row: faults.get(one.row) or _receipt(one, flow, file) for one in told}

    return retry_stale(attempt)


def _opened(flow_id: str, scheme: str, first: _Numbered) -> FlowDecompte:
    now = clock.now()
    return FlowDecompte(
        flow_id=flow_id,
        scheme=scheme,
        number=first.entry.decompte,
        person=_person(first.entry.person, first.lookup),
        payee=flow_files.payee_of(first.entry.payee),
        received_at=now,
        since=now,
    )


def _person(form: PersonForm, lookup: str) -> FlowPerson:
    return FlowPerson(nir_lookup=lookup, nir_masked=mask_nir(form.nir), birth_date=form.birth_date, twin=form.twin)


def _told(flow: FlowDecompte, one: _Numbered, file: str) -> FlowDecompte:
    if flow.person != _person(one.entry.person, one.lookup):
        sentence = "Ce décompte concerne une autre personne\u00a0: un décompte n’en concerne qu’une."
        raise FieldErrors.on("person", sentence, "other_person")
    if flow.payee != flow_files.payee_of(one.entry.payee):
        sentence = "Ce décompte a un autre destinataire\u00a0: un décompte n’en a qu’un."
        raise FieldErrors.on("payee", sentence, "other_payee")
    return flow.told(flow_files.line_of(one.entry, file=file))


def _receipt(one: _Numbered, flow: FlowDecompte, file: str) -> Received:
    brought = next(line.file for line in flow.lines if line.number == one.entry.line)
    details = {"decompte": flow.number, "state": flow.state.value}
    return Received("accepted" if brought == file else "unchanged", details)


def _receive_answer(answer: AttachmentLine, person: FlowPerson, desk: Desk) -> Receipt:
    seen = desk.matches(person)
    covered = [one for one in seen if any(period.holds(answer.on) for period in health_cover(*one))]
    if len(covered or seen) != 1:
        sentence = "Personne, ou plus d’une personne, n’est assurée sous ce numéro à cette date."
        return FieldErrors.on("person", sentence, "unknown_person")
    [(member, beneficiary)] = covered or seen
    changed = teletransmission.record_answer(
        member.member_id, beneficiary.beneficiary_id, state=ANSWERS[answer.event], on=answer.on
    )
    desk.forget()
    return Received("accepted" if changed else "unchanged", {"attachment": answer.event.value})


def queue(which: FlowQueue, *, after: str | None) -> tuple[list[FlowSummary], str | None]:
    """One page of what agents look at, oldest first, and where the next one begins (M115)."""
    return flows.page_of(which, after=after, limit=PAGE)


def get(flow_id: str) -> FlowDecompte:
    """One décompte of the scheme.

    Errors: ``NotFound``.
    """
    flow = flows.get(flow_id)
    if flow is None:
        raise NotFound
    return flow


def people_of(flow: FlowDecompte) -> list[Seen]:
    """Whom a décompte may concern, for an agent to choose among."""
    return Desk().matches(flow.person)


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """What an agent does to a décompte, and why."""

    agent: Agent
    reason: str

    @property
    def actor(self) -> str:
        """Who acts, as the history says it."""
        return f"agent:{self.agent.agent_id}"


def attach(flow_id: str, act: Act, *, numero_adherent: str, beneficiary_id: str | None) -> FlowDecompte:
    """Say whom a décompte concerns, by numéro adhérent and covered person (the employee unless told); it is settled.

    Errors: ``NotFound``; ``Conflict`` when it does not wait; ``FieldErrors`` for nobody, or once it was settled.
    """
    member_id = identities.find(Identity.MEMBER_NUMBER, numero_adherent)
    member = members.get(member_id) if member_id else None
    person = member.beneficiary(beneficiary_id) if member and beneficiary_id else member.holder if member else None
    if member is None or person is None:
        raise FieldErrors.on("numero_adherent", "Aucun assuré n’a ce numéro, ou pas cette personne.", "unknown_person")

    def attached(flow: FlowDecompte) -> FlowDecompte:
        if flow.current_id is not None:
            sentence = "Ce décompte a déjà été remboursé à une personne\u00a0: il ne peut plus en changer."
            raise Conflict("already_settled", sentence)
        found = replace(
            flow, member_id=member.member_id, beneficiary_id=person.beneficiary_id, attached=True, opinion=None
        )
        return found.noted(at=clock.now(), actor=act.actor, event="attached", reason=act.reason)

    return _handled(flow_id, act, attached)


def correct(flow_id: str, act: Act, *, line: int, code: str) -> FlowDecompte:
    """Replace the act of a line by one of the catalogue; the décompte is settled on it.

    Errors: ``NotFound``; ``Conflict``; ``FieldErrors``.
    """

    def corrected(flow: FlowDecompte) -> FlowDecompte:
        found = replace(flow.corrected(line, code), opinion=None)
        changed = next(one for one in found.lines if one.number == line)
        faults = tuple(contradictions(changed.claim_line, place="line"))
        if faults:
            raise FieldErrors(*faults)
        return found.noted(at=clock.now(), actor=act.actor, event="corrected", reason=act.reason)

    return _handled(flow_id, act, corrected)


def resume(flow_id: str, act: Act) -> FlowDecompte:
    """Try a décompte again, letting pass what an agent was shown: a claim of the same care, a doubt, an amount.

    One that pays much waits for another agent to do the same; attaching or correcting it meanwhile begins anew.

    Errors: ``NotFound``; ``Conflict``.
    """

    def attempt() -> FlowDecompte:
        flow, desk = _in_hand(flow_id, act)
        return let_pass(flow, desk, actor=act.actor, reason=act.reason)

    return retry_stale(attempt)


def drop(flow_id: str, act: Act) -> FlowDecompte:
    """Leave a décompte aside: nothing more is paid for the lines it has; what was paid before stays.

    Errors: ``NotFound``; ``Conflict``.
    """

    def dropped(flow: FlowDecompte) -> FlowDecompte:
        now = clock.now()
        aside = replace(flow, settled_lines=flow.complete, dropped=True).in_state(FlowState.DROPPED, at=now)
        return aside.noted(at=now, actor=act.actor, event="dropped", reason=act.reason)

    return _handled(flow_id, act, dropped)


def recover(flow_id: str, act: Act, *, recovered_cents: Cents, waived_cents: Cents) -> FlowDecompte:
    """Note what came back of an overpayment, and what is given up (dossier 10: REVERSED, RECOVERY, SETTLED).

    Errors: ``NotFound``; ``FieldErrors`` for more than was overpaid.
    """

    def attempt() -> FlowDecompte:
        flow = get(flow_id)
        if not 0 < recovered_cents + waived_cents <= flow.overpaid_cents:
            sentence = "Le total ne peut pas dépasser ce qui a été versé en trop."
            raise FieldErrors.on("recovered_cents", sentence, "too_much")
        desk = Desk(item=flow_items.in_hand(flow, act.agent))
        found = replace(
            flow,
            recovered_cents=flow.recovered_cents + recovered_cents,
            waived_cents=flow.waived_cents + waived_cents,
        )
        return advance(found.noted(at=clock.now(), actor=act.actor, event="recovered", reason=act.reason), desk)

    return retry_stale(attempt)


def _handled(flow_id: str, act: Act, change: Callable[[FlowDecompte], FlowDecompte]) -> FlowDecompte:
    def attempt() -> FlowDecompte:
        flow, desk = _in_hand(flow_id, act)
        return advance(change(flow), desk)

    return retry_stale(attempt)


def _in_hand(flow_id: str, act: Act) -> tuple[FlowDecompte, Desk]:
    """A décompte that waits, in the hands of the agent who acts on it (M115)."""
    flow = get(flow_id)
    flow.check_held()
    return flow, Desk(item=flow_items.in_hand(flow, act.agent))
