"""Taking over employees with everything known: the legal state « affilié sans e-mail » begins here (H135–H138)."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from chalicelib import clock
from chalicelib.domain.company import Company, Contract, Risk
from chalicelib.domain.errors import FieldError, FieldErrors
from chalicelib.domain.member import (
    Affiliation,
    AffiliationState,
    Beneficiary,
    BeneficiaryState,
    Member,
    Nir,
    Teletransmission,
    is_adult,
)
from chalicelib.gateways import secrets
from chalicelib.services import affiliation, insured, tokens
from chalicelib.services.intake_files import DependantForm, EnrolledMember, EnrolmentFile
from chalicelib.storage import companies, contracts, identities, members
from chalicelib.storage.identities import Identity
from chalicelib.storage.transaction import Stale, Transaction, retry_stale


@dataclass(frozen=True, slots=True, kw_only=True)
class Portfolio:
    """The company of a file and its contracts by number."""

    company: Company
    contracts: dict[str, Contract]


def enrol(file: EnrolmentFile, *, digest: str) -> None:
    """Create each employee of a file, affiliated at once; those created by an earlier attempt are left as they are.

    Errors: ``FieldErrors`` with every fault of the file, before anything is created.
    """
    portfolio = _check(file)
    with Transaction() as transaction:
        if identities.find(Identity.INTAKE_FILE, file.reference) is None:
            identities.claim(transaction, Identity.INTAKE_FILE, file.reference, digest)
    for form in file.members:
        member_id = _member_id(file, form)
        known = members.get(member_id)
        if known is not None:
            _with_card(known)
            continue
        try:
            affiliation.activate(_member(form, member_id, portfolio))
        except Stale:
            if members.get(member_id) is None:
                raise


def enrol_line(portfolio: Portfolio, form: EnrolledMember, *, reference: str, line: int) -> Member:
    """Create the employee of one line of a large file, affiliated at once, or find the one that the line created.

    Reference and line say which employee is meant, so an earlier attempt is found again, while a NIR that stands on two
    lines is refused on one of them.

    Errors: ``FieldErrors`` with every fault of the line; ``Stale`` when others keep writing the same items.
    """
    member_id = tokens.derived_id("enrolled", reference, str(line), form.nir)

    def enrolled() -> Member:
        known = members.get(member_id)
        if known is not None:
            return _with_card(known)
        faults = _member_faults(form, "", member_id, portfolio)
        if faults:
            raise FieldErrors(*faults)
        return affiliation.activate(_member(form, member_id, portfolio))

    return retry_stale(enrolled)


def _with_card(member: Member) -> Member:
    """An employee whom an earlier attempt created; it may have ended before it asked for the card."""
    if member.card_key is None:
        affiliation.request_card(member)
    return member


def details(file: EnrolmentFile) -> dict[str, Any]:
    """What the report says: the numéro adhérent of each member, by row."""
    found = [(row, members.get(_member_id(file, form))) for row, form in enumerate(file.members)]
    return {"members": [{"row": row, "numero_adherent": one.numero_adherent} for row, one in found if one is not None]}


def _member_id(file: EnrolmentFile, form: EnrolledMember) -> str:
    return tokens.derived_id("enrolled", file.reference, form.nir)


def _member(form: EnrolledMember, member_id: str, portfolio: Portfolio) -> Member:
    sent = Teletransmission.ON if form.teletransmission else Teletransmission.OFF
    holder = Beneficiary(
        beneficiary_id=tokens.derived_id("beneficiary", member_id, "1"),
        rank=1,
        relationship=None,
        first_name=form.first_name,
        last_name=form.last_name,
        birth_date=form.birth_date,
        nir=insured.seal_nir(form.nir),
        regime=form.regime,
        covered_from=form.starts_on,
        state=BeneficiaryState.ACTIVE,
        teletransmission=sent,
    )
    dependants = (_dependant(one, rank, form, member_id, sent) for rank, one in enumerate(form.dependants, start=2))
    return Member(
        member_id=member_id,
        company_id=portfolio.company.company_id,
        email=form.email,
        numero_adherent=insured.new_member_number(portfolio.company),
        beneficiaries=(holder, *dependants),
        address=insured.address_of(form.address),
        bank_account=insured.seal_bank_account(form.bank.iban, form.bank.holder),
        affiliations=tuple(
            Affiliation(
                contract_id=portfolio.contracts[number].contract_id,
                risk=portfolio.contracts[number].risk,
                starts_on=form.starts_on,
                college=form.college,
                apprentice=form.apprentice,
                state=AffiliationState.ACTIVE,
            )
            for number in form.contracts
        ),
        created_at=clock.now(),
    )


def _dependant(
    form: DependantForm, rank: int, member: EnrolledMember, member_id: str, sent: Teletransmission
) -> Beneficiary:
    nir: Nir | None = insured.seal_nir(form.nir) if form.nir else None
    today = clock.today()
    person = Beneficiary(
        beneficiary_id=tokens.derived_id("beneficiary", member_id, str(rank)),
        rank=rank,
        relationship=form.relationship,
        first_name=form.first_name,
        last_name=form.last_name,
        birth_date=form.birth_date,
        nir=nir,
        regime=member.regime,
        covered_from=max(member.starts_on, form.birth_date),
        state=BeneficiaryState.PENDING_PROOF,
        teletransmission=sent,
    )
    return person.accepted(today, certified=is_adult(person.birth_date, today))


def portfolio_of(numero_adherent: str) -> Portfolio:
    """The company that a file names by its numéro adhérent, and its contracts.

    Errors: ``FieldErrors`` when no company has this number.
    """
    company = companies.by_number(numero_adherent)
    if company is None:
        raise FieldErrors.on("numero_adherent", "Aucune société n’a ce numéro adhérent.", "unknown_company")
    held = {contract.number: contract for contract in contracts.of_company(company.company_id)}
    return Portfolio(company=company, contracts=held)


def _check(file: EnrolmentFile) -> Portfolio:
    portfolio = portfolio_of(file.numero_adherent)
    faults: list[FieldError] = []
    for row, form in enumerate(file.members):
        faults += _member_faults(form, f"members[{row}].", _member_id(file, form), portfolio)
    for field in ("nir", "email"):
        faults += _repeated(file, field)
    if faults:
        raise FieldErrors(*faults)
    return portfolio


def _member_faults(form: EnrolledMember, place: str, member_id: str, portfolio: Portfolio) -> list[FieldError]:
    faults = []
    today = clock.today()
    known = portfolio.contracts
    company_id = portfolio.company.company_id
    for position, number in enumerate(form.contracts):
        contract = known.get(number)
        if contract is None:
            sentence = "Ce contrat n’est pas un contrat de la société."
            faults.append(FieldError(f"{place}contracts[{position}]", sentence, "unknown_contract"))
        elif not contract.period.holds(form.starts_on):
            sentence = "Cette date n’est pas dans la période du contrat."
            faults.append(FieldError(f"{place}starts_on", sentence, "outside_contract"))
        if number in form.contracts[:position]:
            faults.append(FieldError(f"{place}contracts[{position}]", "Ce contrat figure deux fois.", "repeated"))
    risks = {known[number].risk for number in form.contracts if number in known}
    if form.dependants and risks == {Risk.PROVIDENT}:
        sentence = "Seul un contrat santé couvre des ayants droit."
        faults.append(FieldError(f"{place}dependants", sentence, "health_only"))
    for where, born in [("birth_date", form.birth_date)] + [
        (f"dependants[{index}].birth_date", one.birth_date) for index, one in enumerate(form.dependants)
    ]:
        if not insured.not_born_after(born, today):
            faults.append(
                FieldError(f"{place}{where}", "Cette date de naissance n’est pas possible.", "impossible_date")
            )
    lookup = secrets.lookup_hash(form.nir, field="nir")
    if identities.find(Identity.COMPANY_NIR, f"{company_id}#{lookup}") not in {None, member_id}:
        faults.append(FieldError(f"{place}nir", "Un salarié de la société a déjà ce numéro.", "nir_used"))
    erased_on = identities.find(Identity.ERASED_NIR, f"{company_id}#{lookup}")
    if erased_on is not None and form.starts_on.isoformat() <= erased_on:
        sentence = (
            f"Cette personne a été effacée le {date.fromisoformat(erased_on):%d/%m/%Y} : "
            "un fichier ne la reprend que pour une affiliation plus récente."
        )
        faults.append(FieldError(f"{place}nir", sentence, "erased"))
    owner = identities.find(Identity.MEMBER_EMAIL, form.email) if form.email else None
    if owner not in {None, insured.account_id(member_id)}:
        faults.append(FieldError(f"{place}email", "Cette adresse est déjà celle d’un autre espace.", "email_used"))
    return faults


def _repeated(file: EnrolmentFile, field: str) -> list[FieldError]:
    seen: dict[str, int] = {}
    faults = []
    for row, form in enumerate(file.members):
        value = getattr(form, field)
        if value is None:
            continue
        value = value.casefold()
        if value in seen:
            sentence = f"Même valeur qu’à la ligne members[{seen[value]}]."
            faults.append(FieldError(f"members[{row}].{field}", sentence, "repeated"))
        seen.setdefault(value, row)
    return faults
