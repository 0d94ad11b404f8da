"""The appel de cotisation and the échéancier as tagged PDFs, and the links that hand them out (H42, H105, H107)."""

from chalicelib.domain.company import Company, Contract
from chalicelib.domain.contributions.calendar import Frequency
from chalicelib.domain.contributions.issued import Issued
from chalicelib.domain.contributions.line import LineKind
from chalicelib.domain.contributions.reference import structured_reference
from chalicelib.domain.contributions.schedule import ScheduleLine
from chalicelib.domain.contributions.statement import Group
from chalicelib.domain.contributions.wording import month_name
from chalicelib.domain.errors import NotFound
from chalicelib.domain.money import in_euros
from chalicelib.services import billing, contribution_arrears, contribution_schedules, ready_documents
from chalicelib.services.contribution_wording import by_transfer, in_fours, means_of, period_in_words
from chalicelib.services.letterhead import letterhead
from chalicelib.settings import bank_account
from chalicelib.storage import companies, contracts, contributions
from chalicelib.texts.dates import day_in_words
from chalicelib.texts.documents.contributions import Arrears, CallRow, ContributionCall, PaymentSchedule, ScheduleRow

NOTES = (
    "La part des salariés est retenue par l’employeur sur leur rémunération\u00a0; ce document l’indique en face de "
    "la sienne.",
    "Les régularisations reprennent le prix du mois auquel elles se rapportent, quelle que soit la date de l’appel.",
)
DEBIT_NOTES = (
    "Ce document vaut avis de prélèvement\u00a0: vous pouvez demander à votre banque le remboursement d’un "
    "prélèvement autorisé dans les huit semaines.",
)
SCHEDULE_NOTES = (
    "Les montants à venir sont calculés sur les salariés et les salaires connus à ce jour\u00a0: l’appel de chaque "
    "période peut être différent.",
    "Une échéance qui tombe un jour de fermeture des banques est reportée au premier jour ouvré.",
)


def write(number: str) -> None:
    """Write the PDF of a statement; again gives the same file at the same place.

    Errors: ``NotFound`` for a number that was never issued.
    """
    issued = contributions.issued(number)
    company = companies.get(issued.company_id) if issued else None
    contract = contracts.get(issued.company_id, issued.contract_id) if issued else None
    if issued is None or company is None or contract is None:
        raise NotFound
    ready_documents.write(_key(issued), _call(issued, company, contract))


def link(issued: Issued) -> str:
    """A short-lived link to the PDF of a statement (H42).

    Errors: ``Conflict`` while it is being written.
    """
    name = f"appel-{issued.number}.pdf"
    return ready_documents.link(_key(issued), name=name, prepare=lambda: billing.request_document(issued))


def write_schedule(company_id: str, contract_id: str) -> None:
    """Write the échéancier of a contract as it stands today.

    Errors: ``NotFound``; what is not known yet of an amount is said on its line.
    """
    company, contract = companies.get(company_id), contracts.get(company_id, contract_id)
    if company is None or contract is None:
        raise NotFound
    made = contribution_schedules.foresee(contract)
    document = PaymentSchedule(
        insurer=letterhead(),
        issued_on=made.on,
        company=company.name,
        numero_adherent=company.numero_adherent,
        contract_number=contract.number,
        contract_label=contract.label,
        frequency=Frequency(contract.terms.frequency).label,
        rows=tuple(_row(line) for line in made.lines),
        means=contribution_schedules.means(company),
        notes=SCHEDULE_NOTES,
    )
    ready_documents.write(contribution_schedules.key(contract, made.on), document)


def _key(issued: Issued) -> str:
    return f"{issued.lines}/appel.pdf"


def _row(line: ScheduleLine) -> ScheduleRow:
    return ScheduleRow(
        period=period_in_words(line.period),
        due_on=line.due_on,
        amount_cents=line.amount_cents,
        state=line.state.label,
        note=line.sentence,
    )


def _call(issued: Issued, company: Company, contract: Contract) -> ContributionCall:
    debit = issued.debit
    earlier = contribution_arrears.before(issued, debit)
    return ContributionCall(
        insurer=letterhead(),
        issued_on=issued.issued_on,
        number=issued.number,
        company=company.name,
        siren=company.siren,
        siret=company.siret,
        address=company.address.in_one_line,
        numero_adherent=company.numero_adherent,
        contract_number=issued.contract_number,
        contract_label=contract.label,
        period=period_in_words(issued.period),
        frequency=Frequency(contract.terms.frequency).label,
        due_on=issued.due_on,
        rows=_rows(issued, LineKind.CALL),
        corrections=_rows(issued, LineKind.REGULARISATION),
        ht_cents=issued.ht_cents,
        tax_cents=issued.tax_cents,
        called_cents=issued.called_cents,
        employer_cents=issued.employer_cents,
        employee_cents=issued.employee_cents,
        brought_forward_cents=issued.brought_forward_cents,
        to_pay_cents=issued.to_pay_cents,
        debit={
            "day": day_in_words(debit.debit_on),
            "amount": in_euros(debit.amount_cents),
            "rum": debit.rum,
            "ics": debit.ics,
            "account": debit.iban_masked,
        }
        if debit
        else None,
        arrears=tuple(
            Arrears(amount_cents=one.collection.owed_cents, reference=in_fours(structured_reference(one.number)))
            for one in by_transfer(earlier)
        ),
        reference=in_fours(issued.reference),
        account=f"{in_fours(bank_account().iban)} ({bank_account().bic})",
        means=means_of(issued, earlier),
        notes=(*issued.conventions, *NOTES, *(DEBIT_NOTES if debit else ())),
    )


def _rows(issued: Issued, kind: LineKind) -> tuple[CallRow, ...]:
    return tuple(_call_row(one) for one in issued.groups if one.kind is kind)


def _call_row(group: Group) -> CallRow:
    return CallRow(
        college=group.college,
        label=group.label,
        month=month_name(group.month),
        heads=group.heads,
        base=in_euros(group.base_cents) if group.base_cents is not None else "",
        rate=group.rate,
        ht_cents=group.ht_cents,
        tax_cents=group.tax_cents,
        ttc_cents=group.ttc_cents,
    )
