"""The files of payroll that HR sends, a sheet of salaries or a DSN: checked first, then recorded if HR says so.

A file is announced, sent straight to storage, read by a worker and deleted at once: nobody ever opens it again. What is
kept for thirty days is the report of it, and what would be recorded. Whatever is repeated, by HR, by the queue or by a
worker that was cut short, changes nothing more.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from chalicelib import clock
from chalicelib.domain.account import Account
from chalicelib.domain.contributions.declared_pay import PayDeclaration, PaySource
from chalicelib.domain.dsn.people import DeclaredLine
from chalicelib.domain.dsn.report import Anomaly, AnomalyKind, Severity
from chalicelib.domain.errors import Conflict, FieldError, FieldErrors, NotFound
from chalicelib.domain.salary_sheet import TITLES, Column, SalaryRow
from chalicelib.gateways import documents
from chalicelib.gateways.documents import UploadForm
from chalicelib.observability import log
from chalicelib.services import companies, dsn_check, dsn_recording, kept_json, salaries, spreadsheets, tokens
from chalicelib.services.dsn_check import ContractTotal, DsnChecked, DsnReport
from chalicelib.services.salaries import Row, SalaryRowState
from chalicelib.settings import upload_max_bytes
from chalicelib.storage.salaries import MOST_MEMBERS

PREFIX = "payroll/"
PIECE_BYTES = 1024 * 1024
SHEET_MAX_BYTES = 4 * 1024 * 1024
KEPT_BYTES = 32 * 1024 * 1024

Document = dict[str, Any]


class PayrollFileKind(StrEnum):
    """What a file is."""

    SALARIES = "salaries"
    DSN = "dsn"


CONTENT_TYPES = {PayrollFileKind.SALARIES: "application/octet-stream", PayrollFileKind.DSN: "text/plain"}


class PayrollFileState(StrEnum):
    """How far a file has come: awaited, checked, refused because it cannot be read, recorded."""

    AWAITED = "AWAITED"
    CHECKED = "CHECKED"
    REFUSED = "REFUSED"
    APPLIED = "APPLIED"


@dataclass(frozen=True, slots=True, kw_only=True)
class PayrollFile:
    """A file and what its check found: rows of a sheet or the report of a DSN; ``faults`` say why it is refused."""

    file_id: str
    company_id: str
    kind: PayrollFileKind
    name: str
    contract_id: str
    month: date | None
    announced_at: datetime
    state: PayrollFileState
    faults: tuple[FieldError, ...] = ()
    rows: tuple[Row, ...] = ()
    report: DsnReport | None = None

    def count(self, state: SalaryRowState) -> int:
        """How many rows are in a state."""
        return sum(row.state is state for row in self.rows)


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnouncedFile:
    """A file that may now be sent: its id, and the form to send it with, straight to storage."""

    file_id: str
    form: UploadForm


def announce(
    account: Account,
    company_id: str,
    *,
    kind: PayrollFileKind,
    name: str,
    contract_id: str = "",
    month: date | None = None,
) -> AnnouncedFile:
    """Prepare the sending of a file; a sheet of salaries is that of one contract and one month.

    Errors: ``NotFound`` (A3); ``FieldErrors`` on ``month``.
    """
    if kind is PayrollFileKind.SALARIES:
        contract = salaries.contract_on_pay(company_id, contract_id)
        if month is None:
            raise FieldErrors.on("month", "Indiquez le mois des salaires.", "missing")
        salaries.check_month(contract, month)
    else:
        companies.get(company_id)
    file_id = tokens.new_id()
    kept = {
        "kind": kind,
        "name": name,
        "contract_id": contract_id if kind is PayrollFileKind.SALARIES else "",
        "month": month.isoformat() if month and kind is PayrollFileKind.SALARIES else None,
        "announced_at": clock.now().isoformat(),
        "account_id": account.account_id,
    }
    kept_json.write(_key(company_id, file_id, "announced"), kept)
    form = documents.upload_form(f"{PREFIX}{company_id}/{file_id}", content_type=CONTENT_TYPES[kind])
    return AnnouncedFile(file_id=file_id, form=form)


def receive(key: str) -> None:
    """Check an arrived file and delete it; one that was checked before, or never announced, is only deleted."""
    company_id, _, file_id = key.removeprefix(PREFIX).partition("/")
    announced = _read(_key(company_id, file_id, "announced"))
    if announced is not None and _read(_key(company_id, file_id, "checked")) is None:
        found = documents.version("uploads", key)
        if found is None:
            return
        try:
            if found.size > upload_max_bytes():
                raise _too_large(upload_max_bytes())
            checked = _check(company_id, file_id, announced, key)
        except FieldErrors as refused:
            checked = {"faults": [asdict(fault) for fault in refused.faults]}
        kept_json.write(_key(company_id, file_id, "checked"), {"checked_at": clock.now().isoformat(), **checked})
        outcome = "refused" if "faults" in checked else "checked"
        log("payroll_file", company_id=company_id, file=file_id, outcome=outcome)
    documents.delete("uploads", key)


def get(company_id: str, file_id: str) -> PayrollFile:
    """A file, as far as it has come.

    Errors: ``NotFound``, also for another company's, and once it is no longer kept.
    """
    announced = _read(_key(company_id, file_id, "announced"))
    if announced is None:
        raise NotFound("Ce fichier n’existe pas ou n’est plus gardé\u00a0: envoyez-le de nouveau.")
    checked = _read(_key(company_id, file_id, "checked"))
    applied = checked is not None and _read(_key(company_id, file_id, "application")) is not None
    return _file(company_id, file_id, announced, checked, applied=applied)


def apply(account: Account, company_id: str, file_id: str) -> PayrollFile:
    """Record what a checked file says; safe to ask again, which takes up what is left.

    Errors: ``NotFound``; ``Conflict`` while it is not checked, or when there is nothing in it to record.
    """
    file = get(company_id, file_id)
    if file.state in {PayrollFileState.AWAITED, PayrollFileState.REFUSED}:
        raise Conflict("not_checked", "Ce fichier n’a pas encore été vérifié, ou il a été refusé.")
    key = _key(company_id, file_id, "application")
    asked = _read(key)
    if asked is None:
        _check_applicable(file)
        asked = {"asked_at": clock.now().isoformat()}
        kept_json.write(key, asked)
    at = datetime.fromisoformat(asked["asked_at"])
    if file.report is not None:
        lines = tuple(_line(one) for one in _lines(company_id, file_id))
        dsn_recording.apply(account, company_id, file_id, DsnChecked(report=file.report, lines=lines), at=at)
    else:
        salaries.record([_declaration(account, file, at)])
    return get(company_id, file_id)


def corrections(company_id: str, file_id: str) -> str:
    """What is to be mended, as CSV: the refused rows with their reasons, or the anomalies of a DSN.

    Errors: ``NotFound``.
    """
    file = get(company_id, file_id)
    if file.report is not None:
        return spreadsheets.csv_text(ANOMALY_COLUMNS, [_anomaly_cells(one) for one in file.report.anomalies])
    refused = [row for row in file.rows if row.state is SalaryRowState.REFUSED]
    columns = (*TITLES.values(), "Ligne", "Motifs")
    return spreadsheets.csv_text(columns, [_row_cells(row) for row in refused])


ANOMALY_COLUMNS = (
    "Code", "Gravité", "Rubrique", "Ligne", "Contrat", "Salarié", "Anomalie", "Valeur", "Attendu", "Montant en jeu",
    "Correction",
)  # fmt: skip


def _check(company_id: str, file_id: str, announced: Document, key: str) -> Document:
    """What the check of a file found.

    Errors: ``FieldErrors`` on ``content`` when it cannot be read.
    """
    if announced["kind"] == PayrollFileKind.SALARIES:
        content = documents.read("uploads", key, max_bytes=SHEET_MAX_BYTES)
        if content is None or len(content) > SHEET_MAX_BYTES:
            raise _too_large(SHEET_MAX_BYTES)
        month = date.fromisoformat(announced["month"])
        rows = salaries.check_sheet(company_id, announced["contract_id"], month, content, most=MOST_MEMBERS)
        return {"rows": [asdict(row) for row in rows]}
    found = documents.version("uploads", key)
    if found is None:
        raise FieldErrors.on(
            "content", "Ce fichier n’est pas arrivé entier\u00a0: envoyez-le de nouveau.", "unreadable"
        )
    pieces = documents.pieces("uploads", key, etag=found.etag, size=found.size, piece_bytes=PIECE_BYTES)
    checked = dsn_check.check(company_id, pieces)
    kept_json.write(_key(company_id, file_id, "lines"), {"lines": [_line_data(one) for one in checked.lines]})
    return {"report": _report_data(checked.report)}


def _check_applicable(file: PayrollFile) -> None:
    if file.report is not None and not file.report.can_be_applied:
        sentence = "Cette DSN ne peut pas être enregistrée\u00a0: corrigez ce que le compte rendu rejette."
        raise Conflict("dsn_rejected", sentence)
    if file.report is None and not file.count(SalaryRowState.ACCEPTED):
        raise Conflict("nothing_to_apply", "Ce fichier n’a aucune ligne à enregistrer.")


def _declaration(account: Account, file: PayrollFile, at: datetime) -> PayDeclaration:
    if file.month is None:
        raise NotFound
    return PayDeclaration(
        declaration_id=file.file_id,
        company_id=file.company_id,
        contract_id=file.contract_id,
        month=file.month,
        declared_at=at,
        declared_by=account.account_id,
        by=account.display_name,
        source=PaySource.FILE,
        amounts=tuple((row.member_id, row.pay_cents) for row in file.rows if row.state is SalaryRowState.ACCEPTED),
    )


def _file(
    company_id: str, file_id: str, announced: Document, checked: Document | None, *, applied: bool
) -> PayrollFile:
    state = PayrollFileState.AWAITED
    if checked is not None:
        state = (
            PayrollFileState.REFUSED
            if "faults" in checked
            else PayrollFileState.APPLIED
            if applied
            else PayrollFileState.CHECKED
        )
    found = checked or {}
    return PayrollFile(
        file_id=file_id,
        company_id=company_id,
        kind=PayrollFileKind(announced["kind"]),
        name=announced["name"],
        contract_id=announced["contract_id"],
        month=date.fromisoformat(announced["month"]) if announced["month"] else None,
        announced_at=datetime.fromisoformat(announced["announced_at"]),
        state=state,
        faults=_faults(found.get("faults", [])),
        rows=tuple(
            Row(
                written=SalaryRow(**row["written"]),
                state=SalaryRowState(row["state"]),
                member_id=row["member_id"],
                pay_cents=row["pay_cents"],
                faults=_faults(row["faults"]),
            )
            for row in found.get("rows", [])
        ),
        report=_report(found["report"]) if "report" in found else None,
    )


def _report_data(report: DsnReport) -> Document:
    return {
        **asdict(report),
        "month": report.month.isoformat() if report.month else None,
        "counts": {str(severity.value): count for severity, count in report.counts.items()},
    }


def _report(kept: Document) -> DsnReport:
    return DsnReport(
        code=Severity(kept["code"]),
        month=date.fromisoformat(kept["month"]) if kept["month"] else None,
        origin=kept["origin"],
        test=kept["test"],
        contracts=tuple(ContractTotal(**one) for one in kept["contracts"]),
        paid_cents=kept["paid_cents"],
        people=kept["people"],
        unknown=kept["unknown"],
        anomalies=tuple(Anomaly(**{**one, "kind": AnomalyKind(one["kind"])}) for one in kept["anomalies"]),
        counts={Severity(int(severity)): count for severity, count in kept["counts"].items()},
    )


def _line_data(line: DeclaredLine) -> Document:
    return {**asdict(line), "month": line.month.isoformat()}


def _line(kept: Document) -> DeclaredLine:
    return DeclaredLine(**{**kept, "month": date.fromisoformat(kept["month"])})


def _lines(company_id: str, file_id: str) -> Sequence[Document]:
    kept = _read(_key(company_id, file_id, "lines"))
    if kept is None:
        raise NotFound("Ce fichier n’est plus gardé\u00a0: envoyez-le de nouveau.")
    lines: list[Document] = kept["lines"]
    return lines


def _faults(kept: Sequence[Document]) -> tuple[FieldError, ...]:
    return tuple(FieldError(**fault) for fault in kept)


def _too_large(most: int) -> FieldErrors:
    megabytes = most // (1024 * 1024)
    return FieldErrors.on("content", f"Le fichier est trop lourd ({megabytes}\u00a0Mo au plus).", "too_large")


def _row_cells(row: Row) -> Sequence[spreadsheets.Value]:
    reasons = " ".join(f"{TITLES[Column(fault.field)]}\u00a0: {fault.message}" for fault in row.faults)
    return (row.written.number, row.written.reference, row.written.pay, row.written.line, reasons)


def _anomaly_cells(one: Anomaly) -> Sequence[spreadsheets.Value]:
    severity = one.kind.severity
    return (
        severity.value,
        severity.label,
        one.rubrique,
        one.line,
        one.contract_number,
        one.who,
        one.kind.sentence,
        one.found,
        one.expected,
        spreadsheets.euros(one.at_stake_cents),
        one.kind.fix,
    )


def _key(company_id: str, file_id: str, name: str) -> str:
    return f"payroll-files/{company_id}/{file_id}/{name}.json"


def _read(key: str) -> Document | None:
    kept: Document | None = kept_json.read(key, max_bytes=KEPT_BYTES)
    return kept
