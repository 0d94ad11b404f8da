"""The files of payroll that HR sends: a sheet of salaries or a DSN, checked before anything is recorded (H115–H117)."""

from datetime import date, datetime
from typing import Annotated

from pydantic import Field

from chalicelib.api.employer.affiliation_files import RowFaultView, SheetView
from chalicelib.api.employer.salaries import MONTH, month_in
from chalicelib.api.routing import ApiBlueprint
from chalicelib.api.schemas import Body, View
from chalicelib.api.session import Access, Caller
from chalicelib.domain.dsn.report import Anomaly, AnomalyKind, Severity
from chalicelib.domain.journal import DataGroup
from chalicelib.services import payroll_files
from chalicelib.services.dsn_check import ContractTotal, DsnReport
from chalicelib.services.payroll_files import AnnouncedFile, PayrollFile, PayrollFileKind, PayrollFileState
from chalicelib.services.salaries import Row, SalaryRowState

blueprint = ApiBlueprint(__name__, tag="Espace RH")


class AnnouncePayrollFile(Body):
    """The announcement of one file; a sheet of salaries names its contract and its month, a DSN says them itself."""

    EXAMPLE = {"kind": "dsn", "name": "dsn-mars.dsn"}

    kind: PayrollFileKind
    name: Annotated[str, Field(min_length=1, max_length=150, examples=["dsn-mars.dsn"])]
    contract_id: Annotated[str, Field(max_length=64)] = ""
    month: Annotated[str, Field(pattern=rf"^{MONTH.pattern}$", examples=["2026-03"])] | None = None


class PayrollUploadView(View):
    """Where to send the announced file: a form of one field per entry, then the file itself."""

    file_id: str
    url: str
    fields: dict[str, str]
    expires_in_seconds: int

    @classmethod
    def of(cls, one: AnnouncedFile) -> "PayrollUploadView":
        """The view of an announced file."""
        form = one.form
        return cls(file_id=one.file_id, url=form.url, fields=form.fields, expires_in_seconds=form.expires_in_seconds)


class SalaryRowView(View):
    """A row of a sheet as it was written, by the line that a spreadsheet shows, and its verdict."""

    line: int
    numero_adherent: str
    reference: str
    pay: str
    state: SalaryRowState
    faults: list[RowFaultView]

    @classmethod
    def of(cls, row: Row) -> "SalaryRowView":
        """The view of a row."""
        return cls(
            line=row.written.line,
            numero_adherent=row.written.number,
            reference=row.written.reference,
            pay=row.written.pay,
            state=row.state,
            faults=[RowFaultView(column=one.field, code=one.code, detail=one.message) for one in row.faults],
        )


class AnomalyView(View):
    """One anomaly: its code from 1 to 3, where it stands, what is there and expected, the amount at stake, the fix."""

    kind: AnomalyKind
    code: int
    label: str
    rubrique: str
    line: int | None
    contract_number: str
    who: str
    member_id: str
    detail: str
    found: str
    expected: str
    at_stake_cents: int
    fix: str

    @classmethod
    def of(cls, one: Anomaly) -> "AnomalyView":
        """The view of an anomaly."""
        return cls(
            kind=one.kind,
            code=one.kind.severity.value,
            label=one.kind.severity.label,
            rubrique=one.rubrique,
            line=one.line,
            contract_number=one.contract_number,
            who=one.who,
            member_id=one.member_id,
            detail=one.kind.sentence,
            found=one.found,
            expected=one.expected,
            at_stake_cents=one.at_stake_cents,
            fix=one.kind.fix,
        )


class ContractTotalView(View):
    """What a DSN declares under one contract; ``base_cents`` where its contributions are a share of pay."""

    contract_id: str
    number: str
    people: int
    contribution_cents: int
    base_cents: int | None

    @classmethod
    def of(cls, one: ContractTotal) -> "ContractTotalView":
        """The view of a contract's total."""
        return cls(
            contract_id=one.contract_id,
            number=one.number,
            people=one.people,
            contribution_cents=one.contribution_cents,
            base_cents=one.base_cents,
        )


class DsnReportView(View):
    """The answer to a DSN: 0 conform, 1 for information, 2 to correct, 3 rejected; the first anomalies are listed."""

    code: int
    label: str
    month: str | None
    test: bool
    applicable: bool
    people: int
    unknown_people: int
    paid_cents: int
    contracts: list[ContractTotalView]
    information: int
    to_correct: int
    rejected: int
    anomalies: list[AnomalyView]

    @classmethod
    def of(cls, one: DsnReport) -> "DsnReportView":
        """The view of a report."""
        return cls(
            code=one.code.value,
            label=one.code.label,
            month=f"{one.month:%Y-%m}" if one.month else None,
            test=one.test,
            applicable=one.can_be_applied,
            people=one.people,
            unknown_people=one.unknown,
            paid_cents=one.paid_cents,
            contracts=[ContractTotalView.of(each) for each in one.contracts],
            information=one.counts.get(Severity.INFORMATION, 0),
            to_correct=one.counts.get(Severity.TO_CORRECT, 0),
            rejected=one.counts.get(Severity.REJECTED, 0),
            anomalies=[AnomalyView.of(each) for each in one.anomalies],
        )


class PayrollFileView(View):
    """A file and what its check found; ``faults`` say why a file that cannot be read is refused."""

    file_id: str
    kind: PayrollFileKind
    name: str
    contract_id: str
    month: date | None
    announced_at: datetime
    state: PayrollFileState
    faults: list[RowFaultView]
    accepted: int
    already_declared: int
    refused: int
    rows: list[SalaryRowView]
    report: DsnReportView | None

    @classmethod
    def of(cls, file: PayrollFile) -> "PayrollFileView":
        """The view of a file."""
        return cls(
            file_id=file.file_id,
            kind=file.kind,
            name=file.name,
            contract_id=file.contract_id,
            month=file.month,
            announced_at=file.announced_at,
            state=file.state,
            faults=[RowFaultView(column=one.field, code=one.code, detail=one.message) for one in file.faults],
            accepted=file.count(SalaryRowState.ACCEPTED),
            already_declared=file.count(SalaryRowState.ALREADY),
            refused=file.count(SalaryRowState.REFUSED),
            rows=[SalaryRowView.of(row) for row in file.rows],
            report=DsnReportView.of(file.report) if file.report else None,
        )


@blueprint.endpoint(
    "POST",
    "/employer/companies/{company_id}/payroll-files",
    access=Access.COMPANY_MANAGER,
    summary="Annoncer un fichier de paie",
    request=AnnouncePayrollFile,
    response=PayrollUploadView,
    status=201,
    items=("H4", "H43", "H115", "H117"),
)
def announce_payroll_file(caller: Caller, company_id: str, body: AnnouncePayrollFile) -> PayrollUploadView:
    """The file is then sent straight to storage, checked in the background, and deleted once it was read."""
    announced = payroll_files.announce(
        caller.account,
        company_id,
        kind=body.kind,
        name=body.name,
        contract_id=body.contract_id,
        month=month_in(body.month) if body.month else None,
    )
    return PayrollUploadView.of(announced)


@blueprint.endpoint(
    "GET",
    "/employer/companies/{company_id}/payroll-files/{file_id}",
    access=Access.COMPANY_MANAGER,
    summary="Compte rendu d’un fichier de paie",
    response=PayrollFileView,
    items=("H43", "H115", "H116", "H117"),
    journal=(DataGroup.PAY,),
)
def read_payroll_file(caller: Caller, company_id: str, file_id: str) -> PayrollFileView:
    """Nothing is recorded by a check. A report is kept for thirty days."""
    return PayrollFileView.of(payroll_files.get(company_id, file_id))


@blueprint.endpoint(
    "POST",
    "/employer/companies/{company_id}/payroll-files/{file_id}/application",
    access=Access.COMPANY_MANAGER,
    summary="Enregistrer un fichier de paie",
    response=PayrollFileView,
    refusals=("not_checked", "nothing_to_apply", "dsn_rejected"),
    items=("H43", "H46", "H117"),
    journal=(DataGroup.PAY,),
)
def apply_payroll_file(caller: Caller, company_id: str, file_id: str) -> PayrollFileView:
    """The accepted rows of a sheet, or the pay and the contributions of a DSN, once, however often this is asked."""
    return PayrollFileView.of(payroll_files.apply(caller.account, company_id, file_id))


@blueprint.endpoint(
    "GET",
    "/employer/companies/{company_id}/payroll-files/{file_id}/corrections",
    access=Access.COMPANY_MANAGER,
    summary="Corrections à apporter à un fichier de paie",
    response=SheetView,
    items=("H43", "H116", "H117"),
)
def payroll_corrections(caller: Caller, company_id: str, file_id: str) -> SheetView:
    """The refused rows of a sheet, or the anomalies of a DSN, with what to do about each."""
    return SheetView(name="corrections.csv", content=payroll_files.corrections(company_id, file_id))
