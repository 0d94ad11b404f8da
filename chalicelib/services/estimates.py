"""What care to come would be paid: an estimate of a devis, or a simulation without one (M43, M59, M61, M64).

Both run the engine that settles claims, on the counters and the history as they stand, and pay and consume nothing.
For an adult dependant who keeps their care to themselves, neither counts, and the estimate says so (A12).
"""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import partial

from chalicelib import clock
from chalicelib.domain import acts
from chalicelib.domain.adjudication.settlement import Settlement
from chalicelib.domain.claim import Claim, ClaimLine, LineCorrection
from chalicelib.domain.errors import Conflict, FieldError, FieldErrors, NotFound, Refused, TooManyAttempts
from chalicelib.domain.law import parameter
from chalicelib.domain.member import Member
from chalicelib.domain.quote import Advice, Estimated, Quote, valid_until
from chalicelib.domain.request import (
    LABELS,
    HistoryEntry,
    Request,
    RequestKind,
    RequestState,
    Ruling,
    Verdict,
    documents_due_on,
)
from chalicelib.domain.required_documents import RequiredDocument, for_estimate
from chalicelib.domain.work_queue import Agent
from chalicelib.gateways import documents, queues
from chalicelib.gateways.rendering import render_pdf
from chalicelib.services import messages, own_space, privacy, ready_documents, repeats, settling, tokens, work_queue
from chalicelib.services.claims import FORM_LABELS, ClaimDraft, line_faults, reference, tell
from chalicelib.services.deadlines import settle_overdue
from chalicelib.services.letterhead import letterhead
from chalicelib.services.settling import EARLY_RENEWAL, Cover, NotCovered
from chalicelib.storage import members, requests, throttles
from chalicelib.storage.transaction import Transaction, retry_stale
from chalicelib.texts.documents.estimation import Estimation
from chalicelib.texts.documents.models import ExplanationStep, StatementLine

SIMULATION_WINDOW = timedelta(hours=1)
CONFIDENTIAL = (
    "Les soins déjà remboursés à cette personne lui sont confidentiels\u00a0: ni ses plafonds déjà utilisés ni ses "
    "achats précédents ne sont comptés."
)
WAITING = "Votre estimation est en cours de préparation\u00a0: revenez dans quelques minutes."


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulated:
    """What care would be paid: its lines as the engine settles them, the assumptions, what would lower what is left."""

    claim: Claim
    settled: tuple[Settlement, ...]
    assumptions: tuple[str, ...]
    advice: tuple[Advice, ...]
    doubts: tuple[str, ...]


def simulate(member_id: str, draft: ClaimDraft) -> Simulated:
    """What care would be paid, at once and without a document; nothing is kept of it (M43, M64).

    Errors: ``NotFound``; ``FieldErrors``; ``Refused`` for care that the contract does not cover on its day;
    ``TooManyAttempts`` for somebody who asks too often.
    """
    _admit(member_id)
    member = own_space.with_health(member_id)
    claim = _checked(member, draft)
    return _simulated(claim, _cover(claim, member))


def _admit(member_id: str) -> None:
    now = clock.now()
    asked, ends_at = throttles.count_attempt(f"simulation#{member_id}", window=SIMULATION_WINDOW, now=now)
    if asked > int(parameter("simulation.limit", on=clock.paris_day(now)).value):
        raise TooManyAttempts(retry_at=ends_at)


def ask(member_id: str, draft: ClaimDraft, *, idempotency_key: str) -> Request:
    """Ask for the estimate of a devis; it is made once the devis is there (M61, M62).

    Errors: ``NotFound``; ``FieldErrors`` with every fault; ``Refused`` for care that the contract does not cover on its
    day; ``Conflict`` when the key opened another request.
    """
    member = own_space.with_health(member_id)
    request_id = tokens.derived_id("estimate", member_id, idempotency_key)
    asked = repeats.fingerprint(draft)
    known = requests.get(request_id)
    if known is not None:
        return _readable(repeats.first_answer(known, asked))
    claim = _checked(member, draft)
    _cover(claim, member)
    now = clock.now()
    request = Request(
        request_id=request_id,
        kind=RequestKind.ESTIMATE,
        member_id=member_id,
        member_name=member.name,
        company_id=member.company_id,
        state=RequestState.PENDING_DOCUMENTS,
        required=for_estimate(claim.beneficiary_id),
        title=f"Devis, {FORM_LABELS[draft.form].lower()} – {claim.beneficiary_name}",
        quote=Quote(claim=claim),
        fingerprint=asked,
        due_on=documents_due_on(clock.paris_day(now)),
        created_at=now,
    )
    return _readable(repeats.keep_first(request, asked))


def _checked(member: Member, draft: ClaimDraft) -> Claim:
    person = member.beneficiary(draft.beneficiary_id)
    today = clock.today()
    faults = [
        fault
        for index, line in enumerate(draft.lines)
        for fault in (*line_faults(line, f"lines[{index}]", draft.form), *_planned(line, f"lines[{index}]", today))
    ]
    if person is None:
        sentence = "Choisissez l’un des bénéficiaires de votre contrat."
        raise FieldErrors(FieldError("beneficiary_id", sentence, "unknown"), *faults)
    if faults:
        raise FieldErrors(*faults)
    return Claim(beneficiary_id=person.beneficiary_id, beneficiary_name=person.name, form=draft.form, lines=draft.lines)


def _planned(line: ClaimLine, place: str, today: date) -> list[FieldError]:
    """What is wrong with the day of care that is only quoted."""
    if line.care_on < today:
        sentence = "Ces soins ont déjà eu lieu\u00a0: demandez leur remboursement."
        return [FieldError(f"{place}.care_on", sentence, "past")]
    last = today + timedelta(days=int(parameter("estimate.ahead", on=today).value))
    if line.care_on > last:
        sentence = f"Une estimation se fait pour des soins prévus au plus tard le {last:%d/%m/%Y}."
        return [FieldError(f"{place}.care_on", sentence, "too_late")]
    return []


def _cover(claim: Claim, member: Member) -> Cover:
    cover = settling.cover_of(claim, member, claimed_on=clock.today())
    if isinstance(cover, NotCovered):
        raise Refused(cover.code, cover.sentence)
    return cover


def _simulated(claim: Claim, cover: Cover) -> Simulated:
    hidden = privacy.hidden_from(cover.member)(claim.beneficiary_id)
    found = settling.estimate_alone(claim, cover) if hidden else settling.estimate(claim, cover)
    settled = found.settlement.lines
    doubts = [doubt.sentence for line in settled for doubt in line.doubts]
    doubts += [EARLY_RENEWAL for line in claim.lines if line.derogation]
    doubts += settling.suspended(claim, cover.contract)
    return Simulated(
        claim=claim,
        settled=settled,
        assumptions=(*(one.sentence for one in found.assumptions), *([CONFIDENTIAL] if hidden else [])),
        advice=tuple(
            Advice(
                line=one.line,
                sentence=one.lever.sentence,
                act=one.act,
                from_day=one.from_day,
                left_to_pay_cents=one.left_to_pay_cents,
            )
            for one in found.changes
        ),
        doubts=tuple(dict.fromkeys(doubts)),
    )


def get(member_id: str, request_id: str) -> Request:
    """One devis of a member, as they may read it: without an estimate that tells of care hidden from them (A12).

    Errors: ``NotFound``, also for somebody else's.
    """
    request = _load(request_id)
    if request.member_id != member_id:
        raise NotFound
    return _readable(request)


def _readable(request: Request) -> Request:
    """What is left to read once somebody came of age, or took their consent back, after their estimate was made."""
    quote = _quote(request)
    told = privacy.discreet(request)
    if quote.estimated is None or CONFIDENTIAL in quote.estimated.assumptions:
        return told
    if not privacy.hidden_from(own_space.member(request.member_id))(quote.claim.beneficiary_id):
        return told
    return replace(told, quote=Quote(claim=quote.claim))


def link(member_id: str, request_id: str) -> str:
    """A short-lived link to the document of an estimate.

    Errors: ``NotFound`` before it was made, and while it tells of care hidden from the member; ``Conflict`` while the
    document is being written.
    """
    estimated = _quote(get(member_id, request_id)).estimated
    if estimated is None:
        raise NotFound
    return ready_documents.link(
        estimated.document_key,
        name=f"estimation-{estimated.number}.pdf",
        waiting=WAITING,
        prepare=lambda: _have_written(request_id),
    )


def progress(request: Request) -> None:
    """Have a devis whose file is complete estimated, in the background; safe to repeat."""
    if request.state is RequestState.PENDING_DOCUMENTS and not request.missing:
        _have_written(request.request_id)


def _have_written(request_id: str) -> None:
    queues.send("documents", {"document": "estimate", "request_id": request_id})


def write(request_id: str) -> None:
    """Make the estimate of a devis if that is not done, and its document; again gives the same bytes at the same place.

    Errors: ``NotFound`` for a démarche that is no devis.
    """
    request = retry_stale(partial(_make, request_id))
    estimated = _quote(request).estimated
    member = members.get(request.member_id)
    if estimated is None or member is None:
        return
    documents.write("documents", estimated.document_key, pdf_of(request, member), content_type="application/pdf")


def _make(request_id: str) -> Request:
    """The devis with its estimate, if it waited for one; with what calls for an agent, if something does."""
    request = _load(request_id)
    if request.state is not RequestState.PENDING_DOCUMENTS or request.missing:
        return request
    claim = _quote(request).claim
    cover = settling.cover_of(claim, own_space.member(request.member_id), claimed_on=clock.today())
    if isinstance(cover, NotCovered):
        return _keep(_refused(request, cover.sentence, actor="system", event=cover.code), "claim_refused")
    found = _simulated(claim, cover)
    if found.doubts:
        moved = request.moved_to(RequestState.IN_REVIEW, at=clock.now(), actor="system", event="needs_review")
        return _keep(replace(moved, quote=Quote(claim=_proposed(found))), "claim_in_review")
    return _keep(_ready(request, found, cover, actor="system"), "estimate_ready")


def _proposed(found: Simulated) -> Claim:
    """The lines with what the engine proposes, and why a person must look."""
    proposal = tuple(line.to_data() for line in found.settled)
    return replace(found.claim, proposal=proposal, review_reasons=found.doubts)


def _ready(request: Request, found: Simulated, cover: Cover, *, actor: str) -> Request:
    now = clock.now()
    today = clock.paris_day(now)
    estimated = Estimated(
        number=f"EST-{today:%Y%m%d}-{request.request_id[:8].upper()}",
        estimated_on=today,
        valid_until=valid_until(today),
        contract_id=cover.contract.contract_id,
        contract_number=cover.contract.number,
        guarantee_table=f"{cover.table.code}@{cover.table.version}",
        assumptions=found.assumptions,
        advice=found.advice,
        document_key=f"estimates/{request.member_id}/{request.request_id}-{request.round}.pdf",
    )
    moved = request.moved_to(RequestState.ESTIMATE_READY, at=now, actor=actor, event="estimated")
    return replace(moved, quote=Quote(claim=_proposed(found), estimated=estimated), due_on=estimated.valid_until)


def _refused(request: Request, reason: str, *, actor: str, event: str) -> Request:
    return request.moved_to(RequestState.REFUSED, at=clock.now(), actor=actor, event=event, reason=reason)


def _keep(request: Request, template: str) -> Request:
    """Write a devis as it now stands, and tell the member."""
    with Transaction() as transaction:
        requests.save(transaction, request)
        message_ids = tell(transaction, request, template)
    messages.dispatch(*message_ids)
    return replace(request, version=request.version + 1)


def for_agent(request_id: str) -> Request:
    """One devis as an agent reads it.

    Errors: ``NotFound``.
    """
    return _load(request_id)


def correct(request_id: str, agent: Agent, corrections: tuple[LineCorrection, ...]) -> Request:
    """Record what an agent read on a devis; its lines are estimated again, and the proposal is shown (M115).

    Errors: ``NotFound``; ``Conflict`` unless it waits for an agent, or while another one has it; ``FieldErrors`` on
    ``corrections``.
    """
    return retry_stale(partial(_correct, request_id, agent, corrections))


def _correct(request_id: str, agent: Agent, corrections: tuple[LineCorrection, ...]) -> Request:
    request = work_queue.in_hand(_in_review(_load(request_id)), agent)
    claim = _quote(request).claim
    for position, one in enumerate(corrections):
        if one.index >= len(claim.lines):
            raise FieldErrors.on(f"corrections[{position}].line", "Cette ligne n’existe pas.", "unknown_line")
        claim = claim.corrected(one)
    found = _simulated(claim, _cover(claim, own_space.member(request.member_id)))
    entry = HistoryEntry(at=clock.now(), actor=f"agent:{agent.agent_id}", event="corrected", state=request.state)
    corrected = replace(request, quote=Quote(claim=_proposed(found)), history=(*request.history, entry))
    with Transaction() as transaction:
        requests.save(transaction, corrected)
    return replace(corrected, version=corrected.version + 1)


def decide(request: Request, ruling: Ruling) -> Request:
    """Record an agent's decision on a devis: estimated as proposed, refused with a reason, or to be sent again (M115).

    Errors: ``Conflict`` unless it waits for one, or while a line cannot be settled; ``FieldErrors`` on ``documents``.
    """
    _in_review(request)
    if ruling.verdict is Verdict.REFUSE:
        return _keep(_refused(request, ruling.reason, actor=ruling.actor, event="agent_refused"), "claim_refused")
    if ruling.verdict is Verdict.ASK:
        return _keep(_asking(request, ruling), "claim_documents_asked")
    if ruling.verdict is not Verdict.ACCEPT:
        raise _no_such_step(request)
    claim = _quote(request).claim
    cover = _cover(claim, own_space.member(request.member_id))
    found = _simulated(claim, cover)
    if not all(line.decided for line in found.settled):
        sentence = "Une ligne ne peut pas être calculée en l’état\u00a0: complétez-la par une correction."
        raise Conflict("not_settled", sentence)
    kept = _keep(_ready(request, found, cover, actor=ruling.actor), "estimate_ready")
    _have_written(kept.request_id)
    return kept


def _in_review(request: Request) -> Request:
    if request.state is not RequestState.IN_REVIEW:
        raise _no_such_step(request)
    return request


def _no_such_step(request: Request) -> Conflict:
    sentence = f"Ce devis est «\u00a0{LABELS[request.state]}\u00a0»\u00a0: cette action n’est plus possible."
    return Conflict("not_in_review", sentence)


def _asking(request: Request, ruling: Ruling) -> Request:
    if not ruling.documents:
        raise FieldErrors.on("documents", "Indiquez au moins un document à demander.", "missing")
    about = _quote(request).claim.beneficiary_id
    asked = tuple(RequiredDocument(kind=kind, about=about, reason=ruling.reason) for kind in ruling.documents)
    moved = request.moved_to(
        RequestState.PENDING_DOCUMENTS,
        at=clock.now(),
        actor=ruling.actor,
        event="documents_asked",
        reason=ruling.reason,
    )
    kinds = set(ruling.documents)
    kept = tuple(one for one in request.required if one.kind not in kinds)
    return replace(moved.with_replaced(kinds), required=(*kept, *asked), round=request.round + 1)


def settle_due() -> int:
    """End the estimates whose last day has passed, and close the devis that never came; returns how many."""
    return settle_overdue(requests.waiting_until, _end)


def _end(request_id: str, today: date) -> bool:
    request = requests.get(request_id)
    if request is None or request.quote is None or request.due_on is None or request.due_on >= today:
        return False
    if request.state is RequestState.ESTIMATE_READY:
        expired = request.moved_to(RequestState.EXPIRED, at=clock.now(), actor="system", event="expired")
        with Transaction() as transaction:
            requests.save(transaction, expired)
        return True
    if request.state is not RequestState.PENDING_DOCUMENTS or request.scanning:
        return False
    closed = request.moved_to(RequestState.CLOSED, at=clock.now(), actor="system", event="documents_never_came")
    _keep(closed, "claim_closed_incomplete")
    return True


def settled_lines(claim: Claim) -> tuple[Settlement, ...]:
    """The lines of a devis as they were estimated; none before."""
    return tuple(Settlement.from_data(one) for one in claim.proposal)


def pdf_of(request: Request, member: Member) -> bytes:
    """An estimate as a tagged PDF; the same estimate always gives the same bytes."""
    quote = _quote(request)
    if quote.estimated is None:
        raise NotFound
    estimated = quote.estimated
    document = Estimation(
        insurer=letterhead(),
        number=estimated.number,
        issued_on=estimated.estimated_on,
        valid_until=estimated.valid_until,
        member_name=member.name,
        numero_adherent=member.numero_adherent or "",
        contract_number=estimated.contract_number,
        reference=reference(request.request_id),
        lines=tuple(
            _line(line, settled, quote.claim.beneficiary_name)
            for line, settled in zip(quote.claim.lines, settled_lines(quote.claim), strict=True)
        ),
        assumptions=estimated.assumptions,
        advice=tuple(f"Ligne {one.line + 1}\u00a0: {one.sentence}" for one in estimated.advice),
    )
    return render_pdf(document)


def _line(line: ClaimLine, settled: Settlement, beneficiary: str) -> StatementLine:
    act = acts.find(line.act)
    return StatementLine(
        care_on=line.care_on,
        beneficiary=beneficiary,
        act=act.label if act else line.act,
        spent_cents=settled.expense_cents,
        statutory_cents=settled.statutory_paid_cents,
        complementary_cents=settled.complementary_cents,
        left_to_pay_cents=settled.left_to_pay_cents,
        other_payers_cents=settled.other_payers_cents,
        refusal=settled.refusal.sentence if settled.refusal else None,
        reductions=tuple(reduction.sentence for reduction in settled.reductions),
        steps=tuple(
            ExplanationStep(sentence=step.sentence, source=step.source, amount_cents=step.amount_cents)
            for step in settled.steps
        ),
    )


def _load(request_id: str) -> Request:
    request = requests.get(request_id)
    if request is None or request.quote is None:
        raise NotFound
    return request


def _quote(request: Request) -> Quote:
    if request.quote is None:
        raise NotFound
    return request.quote
