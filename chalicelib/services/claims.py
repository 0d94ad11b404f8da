"""A member asks for a reimbursement: the form, the documents it needs, its state from draft to paid (M59–M64, M112)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial

from chalicelib import clock
from chalicelib.domain import acts, resemblance
from chalicelib.domain.acts import Form
from chalicelib.domain.claim import Claim, ClaimLine, contradictions, is_prescribed
from chalicelib.domain.errors import FieldError, FieldErrors, NotFound, Refused
from chalicelib.domain.member import Beneficiary, Member
from chalicelib.domain.reimbursement import Reimbursement
from chalicelib.domain.request import Actor, Request, RequestKind, RequestState, RequestSummary, documents_due_on
from chalicelib.domain.required_documents import (
    Circuit,
    RequiredDocument,
    circuit_of,
    for_claim,
    invoice_asked_from,
)
from chalicelib.domain.teletransmission import transmits_on
from chalicelib.gateways import workflows
from chalicelib.services import messages, own_space, privacy, repeats, tokens
from chalicelib.services.deadlines import settle_overdue
from chalicelib.storage import members, reimbursements, requests
from chalicelib.storage.transaction import Transaction, retry_stale

GLASSES = "optique"
FORM_LABELS = {Form.OPTICAL: "Optique", Form.DENTAL: "Dentaire", Form.OTHER: "Autres soins"}
PAGE = 100
OPEN = {RequestState.PENDING_DOCUMENTS, RequestState.SUBMITTED, RequestState.IN_REVIEW, RequestState.FAILED}
PAID_PROFESSIONAL = {"professional", "operator"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimDraft:
    """What the member enters: one beneficiary, one form, some lines."""

    beneficiary_id: str
    form: Form
    lines: tuple[ClaimLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """What a claim for some care would need: its case, the documents, the first day on which they are asked for.

    ``decompte`` is the number of the décompte that holds this care already, in which case nothing is to be sent.
    """

    circuit: Circuit
    documents: tuple[RequiredDocument, ...]
    asked_from: date
    decompte: str | None = None


def reference(request_id: str) -> str:
    """The short name of a request, for mails and telephone."""
    return f"D-{request_id[:8].upper()}"


def needs(member_id: str, beneficiary_id: str, line: ClaimLine) -> Need:
    """What a claim for one line of care would need, before it is filed: the case is chosen beforehand (M111, H148).

    Where the scheme's flow holds this care, it says by whom the professional was paid, whatever the member declares;
    it says nothing of somebody who keeps their care to themselves (A12).

    Errors: ``NotFound``; ``FieldErrors`` for somebody or an act unknown here.
    """
    member = own_space.with_health(member_id)
    person, act = member.beneficiary(beneficiary_id), acts.find(line.act)
    if person is None:
        raise FieldErrors.on("beneficiary_id", "Choisissez l’un des bénéficiaires de votre contrat.", "unknown")
    if act is None:
        raise FieldErrors.on("act", "Cet acte n’est pas au catalogue.", "unknown_act")
    flow = None
    if not privacy.hidden_from(member)(beneficiary_id):
        flow = resemblance.settled_by_flow(line, beneficiary_id, _decomptes(member_id, since=line.care_on))
    told = replace(line, third_party_payment=flow.payee in PAID_PROFESSIONAL) if flow else line
    circuit = _circuit(told, member, person)
    awaited = circuit is Circuit.TELETRANSMITTED
    return Need(
        circuit=circuit,
        documents=() if flow else for_claim({circuit}, prescribed=line.prescribed, about=beneficiary_id),
        asked_from=invoice_asked_from(act, line.care_on) if awaited else line.care_on,
        decompte=flow.number if flow else None,
    )


def open_claim(member_id: str, draft: ClaimDraft, *, idempotency_key: str) -> Request:
    """Open a claim; it waits for the documents its case needs (H148). The same key again gives the same claim.

    Care that stands in another claim too is held for an agent, with a sentence that names the other one; so is care
    that the flow has settled for somebody who keeps it to themselves, of which the form may not tell (A12).

    Errors: ``FieldErrors`` with every fault, also for care that the scheme's flow has settled; ``Refused`` when nothing
    needs to be sent (H140) or the flow is still awaited (A10); ``Conflict`` when the key opened another claim.
    """
    member = own_space.with_health(member_id)
    request_id = tokens.derived_id("claim", member_id, idempotency_key)
    asked = repeats.fingerprint(draft)
    known = requests.get(request_id)
    if known is not None:
        return repeats.first_answer(known, asked)
    beneficiary = _check(member, draft)
    decomptes = _decomptes(member_id, since=min(line.care_on for line in draft.lines))
    hidden = privacy.hidden_from(member)(beneficiary.beneficiary_id)
    if not hidden:
        _check_unsettled(draft, decomptes)
    now = clock.now()
    claim = Claim(
        beneficiary_id=beneficiary.beneficiary_id,
        beneficiary_name=beneficiary.name,
        form=draft.form,
        lines=draft.lines,
    )
    others = _open_claims(member_id, but=request_id)
    alike = resemblance.like_decomptes(claim, decomptes, by_flow=False) + resemblance.like_claims(claim, others)
    if hidden:
        alike += resemblance.like_decomptes(claim, decomptes, by_flow=True)
    request = Request(
        request_id=request_id,
        kind=RequestKind.CLAIM,
        member_id=member_id,
        member_name=member.name,
        company_id=member.company_id,
        state=RequestState.PENDING_DOCUMENTS,
        required=for_claim(
            {_circuit(line, member, beneficiary) for line in draft.lines},
            prescribed=any(line.prescribed for line in draft.lines),
            about=beneficiary.beneficiary_id,
        ),
        title=f"{FORM_LABELS[draft.form]} – {beneficiary.name}",
        claim=replace(claim, resembles=alike),
        fingerprint=asked,
        due_on=documents_due_on(clock.paris_day(now)),
        created_at=now,
    )
    return repeats.keep_first(request, asked)


def _decomptes(member_id: str, *, since: date) -> list[Reimbursement]:
    """The décomptes that may hold care of a day or later: care is decided after it was given."""
    found: list[Reimbursement] = []
    before: str | None = None
    while True:
        page, before = reimbursements.page_of_member(
            member_id, decided_from=since, decided_to=None, before=before, limit=PAGE
        )
        found += page
        if before is None:
            return resemblance.standing(found)


def _open_claims(member_id: str, *, but: str) -> dict[str, Request]:
    """The member's other claims that are not decided, by their short names."""
    listed = requests.of_member(member_id)
    ids = [
        one.request_id
        for one in listed
        if one.kind is RequestKind.CLAIM and one.state in OPEN and one.request_id != but
    ]
    return {reference(one.request_id): one for one in requests.several(ids)}


def _check(member: Member, draft: ClaimDraft) -> Beneficiary:
    beneficiary = member.beneficiary(draft.beneficiary_id)
    today = clock.today()
    faults = [
        fault
        for index, line in enumerate(draft.lines)
        for fault in (
            *line_faults(line, f"lines[{index}]", draft.form),
            *_past_faults(line, f"lines[{index}]", today),
        )
    ]
    if beneficiary is None:
        sentence = "Choisissez l’un des bénéficiaires de votre contrat."
        raise FieldErrors(FieldError("beneficiary_id", sentence, "unknown"), *faults)
    if faults:
        raise FieldErrors(*faults)
    _check_advanced(member, beneficiary, draft.lines)
    return beneficiary


def _check_advanced(member: Member, person: Beneficiary, lines: Sequence[ClaimLine]) -> None:
    """Only what the member paid is repaid to them, and not before the scheme had its time to tell (H140, H151, A10)."""
    circuits = [_circuit(line, member, person) for line in lines]
    free = [index for index, circuit in enumerate(circuits) if circuit is Circuit.NOTHING_ADVANCED]
    awaited = {
        index: day
        for index, circuit in enumerate(circuits)
        if circuit is Circuit.TELETRANSMITTED and (day := _invoice_asked_from(lines[index])) > clock.today()
    }
    if len(free) == len(lines):
        sentence = (
            "Avec le tiers payant et la télétransmission, vous n’avez rien avancé et rien n’est à envoyer\u00a0: "
            "le remboursement se fait sans vous."
        )
        raise Refused("nothing_to_send", sentence)
    if len(free) + len(awaited) == len(lines):
        raise Refused("flow_awaited", _awaited(max(awaited.values())), ask_from=max(awaited.values()).isoformat())
    sentence = "Vous n’avez rien avancé pour ce soin, remboursé sans vous\u00a0: retirez-le de la demande."
    faults = [FieldError(f"lines[{index}].third_party_payment", sentence, "nothing_to_send") for index in free]
    faults += [FieldError(f"lines[{index}].care_on", _awaited(day), "flow_awaited") for index, day in awaited.items()]
    if faults:
        raise FieldErrors(*faults)


def _invoice_asked_from(line: ClaimLine) -> date:
    act = acts.find(line.act)
    return invoice_asked_from(act, line.care_on) if act else line.care_on


def _awaited(day: date) -> str:
    return (
        "Votre caisse nous transmet ce soin\u00a0: rien n’est à envoyer pour l’instant. S’il n’est pas remboursé le "
        f"{day:%d/%m/%Y}, demandez-le à partir de ce jour, avec la facture acquittée."
    )


def _check_unsettled(draft: ClaimDraft, decomptes: Sequence[Reimbursement]) -> None:
    """What the scheme's flow has settled is not claimed again (H150)."""
    faults = []
    for index, line in enumerate(draft.lines):
        one = resemblance.holding(line, draft.beneficiary_id, decomptes, by_flow=True)
        if one is not None:
            sentence = (
                f"Ces soins ont été remboursés sans vous, par le décompte n°\u00a0{one.number}\u00a0: "
                "retirez-les de la demande."
            )
            faults.append(FieldError(f"lines[{index}]", sentence, "already_reimbursed"))
    if faults:
        raise FieldErrors(*faults)


def line_faults(line: ClaimLine, place: str, form: Form) -> list[FieldError]:
    """What is wrong with a line of a form, be it paid already or only quoted."""
    act = acts.find(line.act)
    faults = list(contradictions(line, place=place)) if act else []
    if act is None or act.form is not form:
        faults.append(FieldError(f"{place}.act", "Choisissez un acte de la liste de ce formulaire.", "unknown_act"))
    elif line.quantity > act.max_quantity:
        sentence = f"La quantité ne peut pas dépasser {act.max_quantity} pour cet acte."
        faults.append(FieldError(f"{place}.quantity", sentence, "too_many"))
    if (line.statutory_paid_cents or 0) + line.other_payers_cents > line.expense_cents:
        sentence = "Les remboursements déjà reçus dépassent la dépense."
        faults.append(FieldError(f"{place}.expense_cents", sentence, "paid_exceeds_expense"))
    if line.components and act is not None and not (act.family == GLASSES and act.basket):
        sentence = "Seules des lunettes se détaillent en monture et verres."
        faults.append(FieldError(f"{place}.components", sentence, "not_glasses"))
    elif line.components and sum(one.expense_cents for one in line.components) != line.expense_cents:
        sentence = "Le total des éléments (monture et verres) doit être égal à la dépense."
        faults.append(FieldError(f"{place}.components", sentence, "components_mismatch"))
    return faults


def _past_faults(line: ClaimLine, place: str, today: date) -> list[FieldError]:
    """What is wrong with the days of care that is claimed: it was given, and not too long ago."""
    faults = []
    if line.care_on > today:
        faults.append(FieldError(f"{place}.care_on", "La date des soins est dans le futur.", "future"))
    elif is_prescribed(line.care_on, today):
        sentence = "Ces soins datent de plus de deux ans\u00a0: ils ne peuvent plus être remboursés."
        faults.append(FieldError(f"{place}.care_on", sentence, "prescribed"))
    if line.stay and line.stay.left_on and line.stay.left_on > today:
        faults.append(FieldError(f"{place}.stay.left_on", "La date de sortie est dans le futur.", "future"))
    return faults


def _circuit(line: ClaimLine, member: Member, person: Beneficiary) -> Circuit:
    """The case that a line falls in, by the person's télétransmission on the day of care (M111, H149)."""
    act = acts.find(line.act)
    return circuit_of(
        covered_by_statutory=act is not None and act.covered,
        third_party_payment=line.third_party_payment,
        teletransmission=transmits_on(member, person, line.care_on),
    )


def of_member(member_id: str) -> list[RequestSummary]:
    """The member's requests, newest first (M112)."""
    return requests.of_member(member_id)


def get(member_id: str, request_id: str) -> Request:
    """One request that a member opened.

    Errors: ``NotFound``, also for somebody else's and for one that an employer opened about the member.
    """
    request = requests.get(request_id)
    if request is None or request.opened_by is not Actor.MEMBER or request.member_id != member_id:
        raise NotFound
    return request


def progress(request: Request) -> None:
    """Start the execution of a claim whose file is complete; safe to repeat."""
    retry_stale(partial(_progress, request.request_id))


def _progress(request_id: str) -> None:
    request = requests.get(request_id)
    if request is None:
        return
    if request.state is RequestState.PENDING_DOCUMENTS and not request.missing:
        submitted = request.moved_to(RequestState.SUBMITTED, at=clock.now(), actor="member", event="file_complete")
        if request.claim is not None:
            submitted = replace(submitted, claim=_compared(request, request.claim))
        message_ids = []
        with Transaction() as transaction:
            requests.save(transaction, submitted)
            if request.round == 1:
                message_ids += tell(transaction, submitted, "claim_received")
        messages.dispatch(*message_ids)
        request = submitted
    if request.state is RequestState.SUBMITTED:
        workflows.start_claim(request_id, version=request.round)


def _compared(request: Request, claim: Claim) -> Claim:
    """A claim as it goes to be settled, with what its lines share with older claims, and its files with any other."""
    others = _open_claims(request.member_id, but=request.request_id)
    older = {name: one for name, one in others.items() if one.created_at < request.created_at}
    alike = (*claim.resembles, *resemblance.like_claims(claim, older), *resemblance.same_files(request, others))
    return replace(claim, decision=None, task_token=None, resembles=tuple(dict.fromkeys(alike)))


def tell(transaction: Transaction, request: Request, template: str) -> list[str]:
    """Add the mail that tells the member how a claim stands; once per round, and none without an address."""
    member = members.get(request.member_id)
    return messages.tell(
        transaction,
        member.email if member else None,
        template,
        occasion=f"{template}:{request.request_id}:{request.round}",
        context={"reference": reference(request.request_id)},
        about=request.request_id,
    )


def close_incomplete() -> int:
    """Close the claims whose documents never came; returns how many. One whose file is being scanned stays open."""
    return settle_overdue(requests.waiting_until, _close)


def _close(request_id: str, today: date) -> bool:
    request = requests.get(request_id)
    if request is None or request.kind is not RequestKind.CLAIM:
        return False
    if request.due_on is None or request.due_on >= today or request.scanning:
        return False
    closed = request.moved_to(RequestState.CLOSED, at=clock.now(), actor="system", event="documents_never_came")
    with Transaction() as transaction:
        requests.save(transaction, closed)
        message_ids = tell(transaction, closed, "claim_closed_incomplete")
    messages.dispatch(*message_ids)
    return True
