"""A member asks for a reimbursement: the form, the documents it needs, its state from draft to paid (M59–M64, M112)."""

from dataclasses import dataclass, replace
from datetime import date
from functools import partial

from chalicelib import clock
from chalicelib.domain import acts
from chalicelib.domain.acts import Form
from chalicelib.domain.claim import Claim, ClaimLine, contradictions, is_prescribed
from chalicelib.domain.company import Risk
from chalicelib.domain.errors import FieldError, FieldErrors, NotFound, Refused
from chalicelib.domain.member import COVERING, Beneficiary, Member, Teletransmission
from chalicelib.domain.request import Actor, Request, RequestKind, RequestState, RequestSummary, documents_due_on
from chalicelib.domain.required_documents import Circuit, circuit_of, for_claim
from chalicelib.gateways import workflows
from chalicelib.services import messages, own_space, tokens
from chalicelib.services.deadlines import settle_overdue
from chalicelib.storage import members, requests
from chalicelib.storage.transaction import Stale, Transaction, retry_stale

GLASSES = "optique"
FORM_LABELS = {Form.OPTICAL: "Optique", Form.DENTAL: "Dentaire", Form.OTHER: "Autres soins"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimDraft:
    """What the member enters: one beneficiary, one form, some lines."""

    beneficiary_id: str
    form: Form
    lines: tuple[ClaimLine, ...]


def reference(request_id: str) -> str:
    """The short name of a request, for mails and telephone."""
    return f"D-{request_id[:8].upper()}"


def open_claim(member_id: str, draft: ClaimDraft, *, idempotency_key: str) -> Request:
    """Open a claim; it waits for the documents its case needs (H148). The same key again gives the same claim.

    Errors: ``FieldErrors`` with every fault; ``Refused`` when nothing needs to be sent (H140) or no contract covers.
    """
    member = health_member(member_id)
    request_id = tokens.derived_id("claim", member_id, idempotency_key)
    known = requests.get(request_id)
    if known is not None:
        return known
    beneficiary = _check(member, draft)
    now = clock.now()
    request = Request(
        request_id=request_id,
        kind=RequestKind.CLAIM,
        member_id=member_id,
        company_id=member.company_id,
        state=RequestState.PENDING_DOCUMENTS,
        required=for_claim(
            set(_circuits(draft, beneficiary)),
            prescribed=any(line.prescribed for line in draft.lines),
            about=beneficiary.beneficiary_id,
        ),
        title=f"{FORM_LABELS[draft.form]} – {beneficiary.name}",
        claim=Claim(
            beneficiary_id=beneficiary.beneficiary_id,
            beneficiary_name=beneficiary.name,
            form=draft.form,
            lines=draft.lines,
        ),
        due_on=documents_due_on(clock.paris_day(now)),
        created_at=now,
    )
    try:
        with Transaction() as transaction:
            requests.save(transaction, request)
    except Stale:
        stored = requests.get(request_id)
        if stored is None:
            raise
        return stored
    return replace(request, version=1)


def health_member(member_id: str) -> Member:
    """A member who has or had a health contract; santé functions do not exist for others (A3, M39).

    Care of the last covered day may still be claimed after it (M58).

    Errors: ``NotFound``.
    """
    member = own_space.member(member_id)
    if not any(one.risk is Risk.HEALTH and one.state in COVERING for one in member.affiliations):
        raise NotFound("Cette fonction est réservée aux contrats santé.")
    return member


def _check(member: Member, draft: ClaimDraft) -> Beneficiary:
    beneficiary = member.beneficiary(draft.beneficiary_id)
    today = clock.today()
    faults = [
        fault
        for index, line in enumerate(draft.lines)
        for fault in _line_faults(line, f"lines[{index}]", draft.form, today)
    ]
    if beneficiary is None:
        sentence = "Choisissez l’un des bénéficiaires de votre contrat."
        raise FieldErrors(FieldError("beneficiary_id", sentence, "unknown"), *faults)
    if faults:
        raise FieldErrors(*faults)
    _check_advanced(_circuits(draft, beneficiary))
    return beneficiary


def _check_advanced(circuits: list[Circuit]) -> None:
    """Only what the member paid is repaid to them (H140, H151)."""
    free = [index for index, circuit in enumerate(circuits) if circuit is Circuit.NOTHING_ADVANCED]
    if len(free) == len(circuits):
        sentence = (
            "Avec le tiers payant et la télétransmission, vous n’avez rien avancé et rien n’est à envoyer\u00a0: "
            "le remboursement se fait sans vous."
        )
        raise Refused("nothing_to_send", sentence)
    sentence = "Vous n’avez rien avancé pour ce soin, remboursé sans vous\u00a0: retirez-le de la demande."
    if free:
        raise FieldErrors(
            *(FieldError(f"lines[{index}].third_party_payment", sentence, "nothing_to_send") for index in free)
        )


def _line_faults(line: ClaimLine, place: str, form: Form, today: date) -> list[FieldError]:
    act = acts.find(line.act)
    faults = list(contradictions(line, place=place)) if act else []
    if act is None or act.form is not form:
        faults.append(FieldError(f"{place}.act", "Choisissez un acte de la liste de ce formulaire.", "unknown_act"))
    elif line.quantity > act.max_quantity:
        sentence = f"La quantité ne peut pas dépasser {act.max_quantity} pour cet acte."
        faults.append(FieldError(f"{place}.quantity", sentence, "too_many"))
    if line.care_on > today:
        faults.append(FieldError(f"{place}.care_on", "La date des soins est dans le futur.", "future"))
    elif is_prescribed(line.care_on, today):
        sentence = "Ces soins datent de plus de deux ans\u00a0: ils ne peuvent plus être remboursés."
        faults.append(FieldError(f"{place}.care_on", sentence, "prescribed"))
    if (line.statutory_paid_cents or 0) + line.other_payers_cents > line.expense_cents:
        sentence = "Les remboursements déjà reçus dépassent la dépense."
        faults.append(FieldError(f"{place}.expense_cents", sentence, "paid_exceeds_expense"))
    if line.components and act is not None and not (act.family == GLASSES and act.basket):
        sentence = "Seules des lunettes se détaillent en monture et verres."
        faults.append(FieldError(f"{place}.components", sentence, "not_glasses"))
    elif line.components and sum(one.expense_cents for one in line.components) != line.expense_cents:
        sentence = "Le total des éléments (monture et verres) doit être égal à la dépense."
        faults.append(FieldError(f"{place}.components", sentence, "components_mismatch"))
    if line.stay and line.stay.left_on and line.stay.left_on > today:
        faults.append(FieldError(f"{place}.stay.left_on", "La date de sortie est dans le futur.", "future"))
    return faults


def _circuits(draft: ClaimDraft, beneficiary: Beneficiary) -> list[Circuit]:
    """The case that each line falls in."""
    sent = beneficiary.teletransmission is Teletransmission.ON
    found = []
    for line in draft.lines:
        act = acts.find(line.act)
        covered = act is not None and act.covered
        found.append(
            circuit_of(
                covered_by_statutory=covered, third_party_payment=line.third_party_payment, teletransmission=sent
            )
        )
    return found


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
            submitted = replace(submitted, claim=replace(request.claim, decision=None, task_token=None))
        message_ids = []
        with Transaction() as transaction:
            requests.save(transaction, submitted)
            if request.round == 1:
                message_ids += tell(transaction, submitted, "claim_received")
        messages.dispatch(*message_ids)
        request = submitted
    if request.state is RequestState.SUBMITTED:
        workflows.start_claim(request_id, version=request.round)


def tell(transaction: Transaction, request: Request, template: str) -> list[str]:
    """Add the mail that tells the member how a claim stands; once per round, and none without an address."""
    member = members.get(request.member_id)
    if member is None or member.email is None:
        return []
    return [
        messages.write(
            transaction,
            occasion=f"{template}:{request.request_id}:{request.round}",
            template=template,
            recipient=member.email,
            context={"reference": reference(request.request_id)},
            about=request.request_id,
        )
    ]


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
