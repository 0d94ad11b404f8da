"""The prices of a contract as files write them: read into tariffs, with every fault at its place."""

from dataclasses import replace
from datetime import date
from functools import partial

from chalicelib.domain.company import Contract, ContributionRate, ContributionTerms, Risk
from chalicelib.domain.contributions.proration import Proration
from chalicelib.domain.contributions.tariff import Tariff
from chalicelib.domain.contributions.taxes import TaxPart
from chalicelib.domain.contributions.terms import Pricing, tariff_of, tariffs_of
from chalicelib.domain.errors import FieldError, FieldErrors
from chalicelib.services import contribution_accounts
from chalicelib.services.intake_files import ContractForm, ContributionForm, PricingForm, TariffChangeFile, TariffForm
from chalicelib.storage import companies, contracts, identities
from chalicelib.storage.identities import Identity
from chalicelib.storage.transaction import Transaction, retry_stale


def terms_of(form: ContractForm, place: str) -> ContributionTerms:
    """The terms that a contract of a file says; without tariffs where its prices do not suffice and need not.

    Errors: ``FieldErrors`` for what ``faults_of`` finds.
    """
    said = form.contributions
    tariffs, faults = _read(form, place)
    if faults and _must_suffice(said):
        raise FieldErrors(*faults)
    return ContributionTerms(
        frequency=said.frequency,
        due_day=said.due_day,
        in_advance=said.in_advance,
        employer_share_percent=str(said.employer_share_percent),
        rates=_rates(said),
        tariffs=() if faults else tuple(tariffs),
    )


def faults_of(form: ContractForm, place: str) -> list[FieldError]:
    """What makes the prices of a contract unusable, where they say more than labels: roles, taxes or dated tariffs.

    Prices told by their labels alone are accepted whatever they lack, as they always were.
    """
    faults = _read(form, place)[1] if _must_suffice(form.contributions) else []
    called_from = form.contributions.called_from
    if called_from is not None and called_from < form.starts_on:
        sentence = "Le premier mois à appeler ne précède pas la date d’effet du contrat."
        faults.append(FieldError(f"{place}.contributions.called_from", sentence, "before_start"))
    return faults


def missing_to_call(form: ContractForm, place: str) -> list[FieldError]:
    """What an accepted contract lacks for its contributions to be called; nothing when they will be."""
    return _read(form, place)[1]


def change(file: TariffChangeFile, *, digest: str) -> None:
    """Add tariffs to a contract; one of the same day and college takes the former one's place.

    Errors: ``FieldErrors`` with every fault; ``Stale`` when the same file is being applied elsewhere.
    """
    contract = _contract_named(file)
    tariffs, faults = _tariffs(file.tariffs, contract.risk, "tariffs")
    if faults:
        raise FieldErrors(*faults)
    retry_stale(partial(_change, contract, tuple(tariffs), file.reference, digest))


def _change(contract: Contract, tariffs: tuple[Tariff, ...], reference: str, digest: str) -> None:
    with Transaction() as transaction:
        identities.claim(transaction, Identity.INTAKE_FILE, reference, digest)
        changed = contracts.amend(
            transaction, contract.company_id, contract.contract_id, lambda held: _with_tariffs(held, tariffs)
        )
        contribution_accounts.call_again(transaction, changed)


def _with_tariffs(contract: Contract, tariffs: tuple[Tariff, ...]) -> Contract:
    terms = contract.terms
    held = {(one.valid_from, one.college): one for one in (*_held(contract), *tariffs)}
    return replace(contract, terms=replace(terms, tariffs=tuple(held.values())))


def _held(contract: Contract) -> tuple[Tariff, ...]:
    """The tariffs that a contract has already, also those that its labels alone say."""
    try:
        return tariffs_of(contract)
    except FieldErrors:
        return ()


def _contract_named(file: TariffChangeFile) -> Contract:
    company = companies.by_number(file.numero_adherent)
    if company is None:
        raise FieldErrors.on("numero_adherent", "Aucune société n’a ce numéro adhérent.", "unknown_company")
    held = {one.number: one for one in contracts.of_company(company.company_id)}
    if file.contract not in held:
        raise FieldErrors.on("contract", "Ce contrat n’est pas un contrat de la société.", "unknown_contract")
    return held[file.contract]


def _must_suffice(said: ContributionForm) -> bool:
    return bool(said.tariffs or said.taxes or any(rate.role for rate in said.rates))


def _read(form: ContractForm, place: str) -> tuple[list[Tariff], list[FieldError]]:
    said = form.contributions
    tariffs: list[Tariff] = []
    faults: list[FieldError] = []
    if said.rates or not said.tariffs:
        _collect(tariffs, faults, _pricing(said, form.starts_on, ""), form.risk, f"{place}.contributions")
    more, others = _tariffs(said.tariffs, form.risk, f"{place}.contributions.tariffs")
    return tariffs + more, faults + others


def _tariffs(forms: list[TariffForm], risk: Risk, place: str) -> tuple[list[Tariff], list[FieldError]]:
    tariffs: list[Tariff] = []
    faults: list[FieldError] = []
    for index, one in enumerate(forms):
        at = f"{place}[{index}]"
        if one.valid_from.day != 1:
            faults.append(FieldError(f"{at}.valid_from", "Un tarif prend effet le premier jour d’un mois."))
        _collect(tariffs, faults, _pricing(one, one.valid_from, one.college), risk, at)
    return tariffs, faults


def _collect(tariffs: list[Tariff], faults: list[FieldError], pricing: Pricing, risk: Risk, place: str) -> None:
    try:
        tariffs.append(tariff_of(pricing, risk=risk, place=place))
    except FieldErrors as error:
        faults += error.faults


def _pricing(said: PricingForm, valid_from: date, college: str) -> Pricing:
    return Pricing(
        valid_from=valid_from,
        college=college,
        employer_percent=said.employer_share_percent,
        rates=_rates(said),
        taxes=tuple(TaxPart(kind=one.kind, share_percent=one.share_percent) for one in said.taxes),
        dependants_employer_percent=said.dependants_employer_share_percent,
        free_child_from=said.free_child_from,
        proration=Proration(convention=said.convention, leaving_month_due=said.leaving_month_due),
        tranche_2_up_to_pmss=said.tranche_2_up_to_pmss,
    )


def _rates(said: PricingForm) -> tuple[ContributionRate, ...]:
    return tuple(
        ContributionRate(
            label=one.label, basis=one.basis, value=str(one.value), role=one.role, population=one.population
        )
        for one in said.rates
    )
