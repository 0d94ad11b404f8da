"""The employee completes the affiliation alone: identity, NIR, address, account, dependants, documents (H69–H72)."""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial

from chalicelib import clock
from chalicelib.domain.company import Address, Risk
from chalicelib.domain.errors import Conflict, FieldError, FieldErrors, NotFound, NotSignedIn, Refused
from chalicelib.domain.law import parameter
from chalicelib.domain.member import (
    RUNNING,
    AffiliationState,
    Beneficiary,
    BeneficiaryState,
    Member,
    Relationship,
    Teletransmission,
    is_adult,
)
from chalicelib.domain.periods import age_on
from chalicelib.domain.request import Request, RequestKind, RequestState
from chalicelib.domain.required_documents import RequiredDocument, for_dependant, for_employee
from chalicelib.gateways import queues, secrets
from chalicelib.services import companies, insured, messages, tokens
from chalicelib.storage import accounts, identities, members, requests
from chalicelib.storage.identities import Identity
from chalicelib.storage.transaction import Transaction, retry_stale

REPLACED = (
    "Ce lien n’est plus valable\u00a0: une invitation plus récente l’a peut-être remplacé. Ouvrez le dernier courriel "
    "d’invitation reçu ou demandez à votre employeur de vous en envoyer une nouvelle."
)
ANSWERABLE = {AffiliationState.PRE_AFFILIATED, AffiliationState.PENDING_DOCUMENTS, AffiliationState.ACTIVE}


@dataclass(frozen=True, slots=True, kw_only=True)
class Dependant:
    """A dependant as the employee declares them."""

    relationship: Relationship
    first_name: str
    last_name: str
    birth_date: date
    nir: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AffiliationForm:
    """What the employee declares; identifiers are already in their canonical form."""

    first_name: str
    last_name: str
    birth_date: date
    nir: str
    regime: str
    address: Address
    iban: str
    account_holder: str
    email: str | None = None
    teletransmission: bool = False
    dependants: Sequence[Dependant] = field(default=())


def open_invitation(token: str) -> Member:
    """The employee an invitation was sent to.

    Errors: ``NotSignedIn`` for a token that was never ours; ``Refused`` for one that no longer works.
    """
    member_id = tokens.owner_of(token)
    member = members.get(member_id) if member_id else None
    if member is None or member.invitation_hash is None:
        raise NotSignedIn
    if not hmac.compare_digest(member.invitation_hash, tokens.token_hash(token)):
        raise NotSignedIn(REPLACED)
    late = member.invited_until is None or member.invited_until < clock.today()
    if member.state not in ANSWERABLE or (late and member.state is not AffiliationState.PENDING_DOCUMENTS):
        sentence = (
            "Cette invitation n’est plus valable\u00a0: demandez à votre employeur de vous en envoyer une nouvelle."
        )
        raise Refused("invitation_ended", sentence)
    return member


def submit(member: Member, form: AffiliationForm) -> Request:
    """Record the employee's form; the affiliation waits for its documents.

    Errors: ``FieldErrors`` with every fault; ``Conflict`` when the form was sent before.
    """
    if member.state is not AffiliationState.PRE_AFFILIATED:
        raise Conflict(
            "already_submitted", "Votre formulaire nous est déjà parvenu\u00a0: il reste à envoyer vos pièces."
        )
    lookup = secrets.lookup_hash(form.nir, field="nir")
    _check(member, form, lookup)
    completed = _completed(member, form)
    waiting = Request(
        request_id=tokens.derived_id("affiliation", member.member_id, str(member.version)),
        kind=RequestKind.AFFILIATION,
        member_id=member.member_id,
        member_name=completed.name,
        company_id=member.company_id,
        state=RequestState.PENDING_DOCUMENTS,
        required=_required(completed),
        title="Affiliation",
        created_at=clock.now(),
    )
    with Transaction() as transaction:
        members.save(transaction, replace(completed, affiliation_request_id=waiting.request_id))
        requests.save(transaction, waiting)
        identities.claim(transaction, Identity.COMPANY_NIR, f"{member.company_id}#{lookup}", member.member_id)
        if completed.email:
            identities.claim(transaction, Identity.MEMBER_EMAIL, completed.email, insured.account_id(member.member_id))
    return replace(waiting, version=1)


def request_of(member: Member) -> Request | None:
    """The request that the employee's form opened, if it was sent."""
    return requests.get(member.affiliation_request_id) if member.affiliation_request_id else None


def submitted_request(member: Member) -> Request:
    """The request that the employee's form opened.

    Errors: ``NotFound`` before the form was sent.
    """
    found = request_of(member)
    if found is None:
        raise NotFound("Envoyez d’abord votre formulaire d’affiliation.")
    return found


def _completed(member: Member, form: AffiliationForm) -> Member:
    starts_on = min(one.starts_on for one in member.affiliations)
    sent = Teletransmission.REQUESTED if form.teletransmission else Teletransmission.OFF
    holder = Beneficiary(
        beneficiary_id=tokens.new_id(),
        rank=1,
        relationship=None,
        first_name=form.first_name,
        last_name=form.last_name,
        birth_date=form.birth_date,
        nir=insured.seal_nir(form.nir),
        regime=form.regime,
        covered_from=starts_on,
        state=BeneficiaryState.PENDING_PROOF,
        teletransmission=sent,
    )
    dependants = tuple(
        Beneficiary(
            beneficiary_id=tokens.new_id(),
            rank=rank,
            relationship=one.relationship,
            first_name=one.first_name,
            last_name=one.last_name,
            birth_date=one.birth_date,
            nir=insured.seal_nir(one.nir) if one.nir else None,
            regime=form.regime,
            covered_from=max(_dependants_start(member), one.birth_date),
            state=BeneficiaryState.PENDING_PROOF,
            teletransmission=sent,
        )
        for rank, one in enumerate(form.dependants, start=2)
    )
    waiting = member.with_affiliations_moved({AffiliationState.PRE_AFFILIATED}, AffiliationState.PENDING_DOCUMENTS)
    return replace(
        waiting,
        email=form.email or member.email,
        beneficiaries=(holder, *dependants),
        address=form.address,
        bank_account=insured.seal_bank_account(form.iban, form.account_holder),
    )


def _dependants_start(member: Member) -> date:
    """The first day on which dependants may be covered: the santé contract's, whenever the others began (A3, M54)."""
    health = [one.starts_on for one in member.affiliations if one.risk is Risk.HEALTH]
    return min(health or [one.starts_on for one in member.affiliations])


def _required(member: Member) -> tuple[RequiredDocument, ...]:
    needed: list[RequiredDocument] = []
    for person in member.beneficiaries:
        if person.relationship is None:
            needed += for_employee(person.beneficiary_id)
        else:
            needed += for_dependant(
                person.relationship, person.birth_date, on=person.covered_from, about=person.beneficiary_id
            )
    return tuple(needed)


def _check(member: Member, form: AffiliationForm, nir_lookup: str) -> None:
    faults: list[FieldError] = []
    today = clock.today()
    if not insured.not_born_after(form.birth_date, today):
        faults.append(FieldError("birth_date", "Cette date de naissance n’est pas possible.", "impossible_date"))
    elif not _agree(form.nir, form.birth_date):
        sentence = "Le numéro de sécurité sociale ne correspond pas à la date de naissance."
        faults.append(FieldError("nir", sentence, "other_birth_date"))
    owner = identities.find(Identity.COMPANY_NIR, f"{member.company_id}#{nir_lookup}")
    if owner not in {None, member.member_id}:
        sentence = "Un salarié de la société est déjà affilié avec ce numéro de sécurité sociale."
        faults.append(FieldError("nir", sentence, "nir_used"))
    email = form.email or member.email
    if email and identities.find(Identity.MEMBER_EMAIL, email):
        sentence = "Cette adresse est déjà celle d’un autre espace\u00a0: indiquez-en une autre."
        faults.append(FieldError("email", sentence, "email_used"))
    has_health = any(one.risk is Risk.HEALTH for one in member.affiliations)
    if form.dependants and not has_health:
        sentence = "Seul un contrat santé couvre des ayants droit."
        faults.append(FieldError("dependants", sentence, "health_only"))
    starts_on = _dependants_start(member)
    for index, one in enumerate(form.dependants):
        faults += dependant_faults(one, f"dependants[{index}].", starts_on=starts_on, today=today)
    if faults:
        raise FieldErrors(*faults)


def _agree(nir: str, birth_date: date) -> bool:
    """Whether a NIR tells the year and month of a birth date.

    One that was given for a time (it begins with neither 1 nor 2), or whose month is no month of the year because the
    birth was not known when it was given, tells nothing and agrees with any.
    """
    if nir[0] not in "12" or not 1 <= int(nir[3:5]) <= 12:
        return True
    return nir[1:5] == f"{birth_date:%y%m}"


def dependant_faults(one: Dependant, place: str, *, starts_on: date, today: date) -> list[FieldError]:
    """What is wrong with a person to cover from a day on; ``place`` comes before the name of each field (M52, M54)."""
    faults = []
    if not insured.not_born_after(one.birth_date, today):
        faults.append(
            FieldError(f"{place}birth_date", "Cette date de naissance n’est pas possible.", "impossible_date")
        )
    adult = is_adult(one.birth_date, starts_on)
    if adult and one.nir is None:
        sentence = "Le numéro de sécurité sociale est nécessaire pour une personne majeure."
        faults.append(FieldError(f"{place}nir", sentence, "missing"))
    if one.relationship is Relationship.CHILD:
        limit = int(parameter("child.age_limit", on=starts_on).value)
        if age_on(one.birth_date, starts_on) >= limit:
            sentence = f"Un enfant n’est couvert que jusqu’à {limit} ans."
            faults.append(FieldError(f"{place}birth_date", sentence, "too_old"))
    elif not adult:
        sentence = "Le conjoint ou partenaire doit être majeur."
        faults.append(FieldError(f"{place}birth_date", sentence, "minor_partner"))
    return faults


def progress(request: Request) -> None:
    """Take an affiliation as far as its accepted documents allow: dependants, the employee, then the whole file."""
    retry_stale(partial(_progress, request.request_id))


def _progress(request_id: str) -> None:
    request = requests.get(request_id)
    if request is None or request.state is not RequestState.PENDING_DOCUMENTS:
        return
    member = members.get(request.member_id)
    if member is None:
        return
    unproved = {one.about for one in request.missing}
    proved = member
    for person in member.beneficiaries:
        if person.state is BeneficiaryState.PENDING_PROOF and person.beneficiary_id not in unproved:
            proved = proved.with_beneficiary(person.accepted(clock.today()))
    holder = proved.holder
    employee_proved = holder is not None and holder.beneficiary_id not in unproved
    finished = None
    if not request.missing:
        finished = request.moved_to(RequestState.ACCEPTED, at=clock.now(), actor="system", event="documents_complete")
    if proved.state is AffiliationState.PENDING_DOCUMENTS and employee_proved:
        company = companies.get(proved.company_id)
        moved = proved.with_affiliations_moved({AffiliationState.PENDING_DOCUMENTS}, AffiliationState.ACTIVE)
        _activate_by_form(replace(moved, numero_adherent=insured.new_member_number(company)), finished)
    elif proved != member or finished is not None:
        extend(proved, finished)


def activate(member: Member) -> Member:
    """Make known an employee who sent no form: number, account, confirmation mail, card (H72, H130).

    Errors: ``Stale`` when the member, the e-mail or the NIR was taken meanwhile.
    """
    with Transaction() as transaction:
        known, message_ids = _make_known(transaction, member)
        _claim_identities(transaction, member)
    return _announced(known, message_ids)


def _activate_by_form(member: Member, finished: Request | None) -> None:
    """Make known an employee whose form and documents are accepted; with the last document the request ends too."""
    with Transaction() as transaction:
        known, message_ids = _make_known(transaction, member)
        if finished is not None:
            requests.save(transaction, finished)
    _announced(known, message_ids)


def _make_known(transaction: Transaction, member: Member) -> tuple[Member, list[str]]:
    """The member with an account, and the confirmation to send."""
    account = insured.member_account(member, at=clock.now())
    known = replace(member, account_id=account.account_id)
    members.save(transaction, known)
    accounts.save(transaction, account)
    identities.claim(transaction, Identity.MEMBER_NUMBER, member.numero_adherent or "", member.member_id)
    return known, [write_confirmation(transaction, known)] if member.email else []


def _announced(known: Member, message_ids: Sequence[str]) -> Member:
    messages.dispatch(*message_ids)
    request_card(known)
    return replace(known, version=known.version + 1)


def _claim_identities(transaction: Transaction, member: Member) -> None:
    """Take the e-mail and the NIR of somebody who sent no form; the form takes them for the others."""
    if member.email:
        identities.claim(transaction, Identity.MEMBER_EMAIL, member.email, insured.account_id(member.member_id))
    if member.holder and member.holder.nir:
        key = f"{member.company_id}#{member.holder.nir.lookup}"
        identities.claim(transaction, Identity.COMPANY_NIR, key, member.member_id)


def extend(member: Member, request: Request | None = None) -> Member:
    """Save an affiliated employee whose contracts or covered people have changed; the card follows."""
    with Transaction() as transaction:
        members.save(transaction, member)
        if request is not None:
            requests.save(transaction, request)
    if member.state in RUNNING:
        request_card(member)
    return replace(member, version=member.version + 1)


def write_confirmation(transaction: Transaction, member: Member) -> str:
    """The mail that gives the member their numéro adhérent and starts the opening delay (H130, M4, A2)."""
    return messages.write(
        transaction,
        occasion=f"affiliation-confirmed:{member.member_id}",
        template="affiliation_confirmed",
        recipient=member.email,
        context={"numero_adherent": member.numero_adherent or ""},
        about=member.member_id,
        confirms_account=member.account_id,
    )


def request_card(member: Member) -> None:
    """Have the card written anew; only a health contract has one (M34, A3)."""
    if member.running_affiliation(Risk.HEALTH):
        queues.send("documents", {"document": "card", "member_id": member.member_id})
