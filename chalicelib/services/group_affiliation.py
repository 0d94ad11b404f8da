"""HR affiliates several employees by a file: checked row by row first, then applied in the background (H62).

- H62: one file holds 2,000 employees at most.
- H63, H64, H65, H66: risk, contract, e-mail and affiliation date stand in the four columns of ``affiliation_sheet``.
- H67: nothing else of the file is kept.
- H68, H69: each accepted row becomes an invitation of ``pre_affiliation``, by mail, that its employee completes alone.
- H70, H71, H72: the employee is listed at once, and moves from state to state like anybody invited.
- H73, H75: a row is refused for the reasons for which a single invitation is, each said in its column.
- H74: an employee who is there already is left alone, whatever is repeated, by HR or by a worker that was cut short.
- H121: a file is read under its company, and there alone.

The rows are applied a hundred to a message. What became of them is written when the message is done; one that was cut
short is begun again, and finds the employees it has invited. Five messages at once apply a whole file within a minute
or two, so it needs no distributed map, unlike the files of 250,000 lines that the insurer drops.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, TypeVar

from chalicelib import clock
from chalicelib.domain import affiliation_sheet
from chalicelib.domain.affiliation_sheet import TITLES, Column, SheetRow
from chalicelib.domain.company import Contract
from chalicelib.domain.errors import Conflict, FieldError, FieldErrors, NotFound
from chalicelib.domain.member import MemberSummary
from chalicelib.domain.shortcuts import RISKS
from chalicelib.gateways import queues
from chalicelib.identifiers import InvalidIdentifier, parse_email
from chalicelib.observability import log
from chalicelib.services import employees, kept_json, pre_affiliation, spreadsheet_reading, spreadsheets, tokens
from chalicelib.services.employees import Filters
from chalicelib.services.pre_affiliation import ALREADY, Invitation
from chalicelib.services.spreadsheets import Value
from chalicelib.storage import contracts
from chalicelib.storage.transaction import Stale

MAX_BYTES = 180 * 1024
ROWS_PER_PART = 100
KEPT_BYTES = 16 * 1024 * 1024

Read = TypeVar("Read")
Document = dict[str, Any]


class RowState(StrEnum):
    """What will become, or has become, of a row."""

    ACCEPTED = "ACCEPTED"
    ALREADY = "ALREADY_AFFILIATED"
    REFUSED = "REFUSED"
    INVITED = "INVITED"


class FileState(StrEnum):
    """How far a file has come: checked, being applied, applied."""

    CHECKED = "CHECKED"
    APPLYING = "APPLYING"
    APPLIED = "APPLIED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A row as it was written, and its verdict; a refused one has a fault or more, each on a column."""

    written: SheetRow
    state: RowState
    faults: tuple[FieldError, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AffiliationFile:
    """A file, its rows in their order and how far it has come; ``waiting`` names the parts that are not applied yet."""

    file_id: str
    company_id: str
    name: str
    checked_at: datetime
    state: FileState
    rows: tuple[Row, ...]
    waiting: tuple[int, ...] = ()

    def count(self, state: RowState) -> int:
        """How many rows are in a state."""
        return sum(row.state is state for row in self.rows)


def template(company_id: str) -> str:
    """A sheet to fill in, as CSV: the four columns and a line for each contract that runs (H64)."""
    today = clock.today()
    running = [one for one in contracts.of_company(company_id) if one.ends_on is None or one.ends_on >= today]
    rows = [(RISKS[one.risk], one.number, None, None) for one in running]
    return spreadsheets.csv_text(tuple(TITLES.values()), rows)


def check(company_id: str, *, name: str, content: bytes) -> AffiliationFile:
    """Read a file and tell what would become of each row; nobody is invited (H62–H67, H73–H75).

    Errors: ``FieldErrors`` on ``content`` when it is no sheet of ours.
    """
    if len(content) > MAX_BYTES:
        sentence = (
            "Le fichier est trop lourd (180\u00a0Ko au plus)\u00a0: "
            "gardez la feuille et les quatre colonnes demandées, sans mise en forme."
        )
        raise FieldErrors.on("content", sentence, "too_large")
    lines = spreadsheet_reading.read_lines(content, most=affiliation_sheet.MOST_ROWS + 1)
    rows = list(_verdicts(company_id, affiliation_sheet.read_rows(lines)))
    file = AffiliationFile(
        file_id=tokens.new_id(),
        company_id=company_id,
        name=name,
        checked_at=clock.now(),
        state=FileState.CHECKED,
        rows=tuple(rows),
    )
    kept = {"name": name, "checked_at": file.checked_at.isoformat(), "rows": [asdict(row) for row in rows]}
    kept_json.write(_key(company_id, file.file_id, "checked"), kept)
    log("affiliation_file", company_id=company_id, outcome="checked", count=len(rows))
    return file


def get(company_id: str, file_id: str) -> AffiliationFile:
    """A file and what has become of its rows so far.

    Errors: ``NotFound``, also for another company's, and once it is no longer kept.
    """
    file = _checked(company_id, file_id)
    return file if _read(_key(company_id, file_id, "application")) is None else _followed(file)


def apply(company_id: str, file_id: str) -> AffiliationFile:
    """Have the accepted rows of a file applied in the background; safe to ask again, which takes up what is left.

    Errors: ``NotFound``; ``Conflict`` when no row was accepted.
    """
    file = get(company_id, file_id)
    if file.state is FileState.CHECKED:
        parts = tuple(range(len(_parts(file))))
        if not parts:
            raise Conflict("nothing_to_apply", "Ce fichier n’a aucune ligne à appliquer.")
        kept_json.write(_key(company_id, file_id, "application"), {"asked_at": clock.now().isoformat()})
        file = replace(file, state=FileState.APPLYING, waiting=parts)
    for part in file.waiting:
        queues.send("group-affiliations", {"company_id": company_id, "file_id": file_id, "part": part})
    return file


def apply_part(company_id: str, file_id: str, part: int) -> None:
    """Invite the employees of a part's rows, each once; a row that is refused by now holds no other back (H68, H74).

    Errors: ``NotFound`` for a part that is not there; a passing trouble raises, so that the part is begun again.
    """
    key = _key(company_id, file_id, f"parts/{part}")
    if _read(key) is not None:
        return
    parts = _parts(_checked(company_id, file_id))
    if not 0 <= part < len(parts):
        raise NotFound
    of_company = contracts.of_company(company_id)
    refused = {
        row.written.line: faults for row in parts[part] if (faults := _invite(company_id, row.written, of_company))
    }
    kept_json.write(key, {str(line): [asdict(fault) for fault in faults] for line, faults in refused.items()})
    log("affiliation_file", company_id=company_id, outcome="applied", count=len(parts[part]), failed=len(refused))


def corrections(company_id: str, file_id: str) -> str:
    """The refused rows as they were written, with the reasons in the last column, as CSV: to mend and send again.

    Errors: ``NotFound``.
    """
    refused = [row for row in get(company_id, file_id).rows if row.state is RowState.REFUSED]
    rows: list[Sequence[Value]] = [(*_texts(row.written).values(), row.written.line, _reasons(row)) for row in refused]
    return spreadsheets.csv_text((*TITLES.values(), "Ligne", "Motifs"), rows)


def _verdicts(company_id: str, written: Sequence[SheetRow]) -> Iterator[Row]:
    of_company = contracts.of_company(company_id)
    known = _known(company_id)
    seen: dict[tuple[str, str], int] = {}
    for row in written:
        try:
            invitation = _invitation(company_id, row, of_company)
            email = invitation.email.casefold()
            earlier = seen.setdefault((email, invitation.contract_id), row.line)
            if earlier != row.line:
                raise FieldErrors(affiliation_sheet.repeated(earlier))
            for one in known.get(email, ()):
                pre_affiliation.check_newcomer(one, invitation.contract_id)
        except (FieldErrors, Conflict) as refused:
            faults = _faults_of(refused)
            yield Row(written=row, state=RowState.REFUSED if faults else RowState.ALREADY, faults=faults)
        else:
            yield Row(written=row, state=RowState.ACCEPTED)


def _known(company_id: str) -> Mapping[str, Sequence[MemberSummary]]:
    """The employees of the company by address, read once for the whole file."""
    known = defaultdict(list)
    for one in employees.every(company_id, Filters()):
        if one.email:
            known[one.email.casefold()].append(one)
    return known


def _faults_of(refused: FieldErrors | Conflict) -> tuple[FieldError, ...]:
    """Why a row is refused, by column; nothing when its employee is there already, as the row asks."""
    if isinstance(refused, Conflict):
        return () if refused.code == ALREADY else (FieldError(Column.EMAIL, refused.sentence, refused.code),)
    return tuple(replace(one, field=Column.CONTRACT) if one.field == "contract_id" else one for one in refused.faults)


def _invitation(company_id: str, row: SheetRow, of_company: Sequence[Contract]) -> Invitation:
    """The invitation that a row asks for.

    Errors: ``FieldErrors``, every fault of the row.
    """
    faults: list[FieldError] = []

    def tried(read: Callable[[], Read]) -> Read | None:
        try:
            return read()
        except FieldErrors as refused:
            faults.extend(refused.faults)
            return None

    risk = tried(lambda: affiliation_sheet.risk_of(row.risk))
    contract = tried(lambda: affiliation_sheet.contract_of(row.contract_number, of_company))
    email = tried(lambda: _email(row.email))
    day = tried(lambda: affiliation_sheet.day_of(row.affiliation_date))
    if contract and risk and day:
        asked = Invitation(
            company_id=company_id,
            risk=risk,
            contract_id=contract.contract_id,
            email=email or "",
            affiliation_date=day,
        )
        if tried(lambda: pre_affiliation.eligible(asked, contract)) and email:
            return asked
    raise FieldErrors(*faults)


def _email(text: str) -> str:
    try:
        return parse_email(affiliation_sheet.email_text(text))
    except InvalidIdentifier as refused:
        raise FieldErrors.on(Column.EMAIL, str(refused), "invalid_identifier") from None


def _invite(company_id: str, row: SheetRow, of_company: Sequence[Contract]) -> tuple[FieldError, ...]:
    """Invite the employee of a row, or find them invited; the faults that stand against it by now.

    Errors: ``Stale`` when others keep writing the same items, which says nothing of the row.
    """
    try:
        pre_affiliation.invite(_invitation(company_id, row, of_company))
    except Stale:
        raise
    except (FieldErrors, Conflict) as refused:
        return _faults_of(refused)
    return ()


def _parts(file: AffiliationFile) -> list[tuple[Row, ...]]:
    """The rows of a checked file that were accepted, a hundred to a part."""
    accepted = tuple(row for row in file.rows if row.state is RowState.ACCEPTED)
    return [accepted[start : start + ROWS_PER_PART] for start in range(0, len(accepted), ROWS_PER_PART)]


def _checked(company_id: str, file_id: str) -> AffiliationFile:
    """A file as its check left it."""
    kept = _read(_key(company_id, file_id, "checked"))
    if kept is None:
        raise NotFound("Ce fichier n’existe pas ou n’est plus gardé\u00a0: envoyez-le de nouveau.")
    return AffiliationFile(
        file_id=file_id,
        company_id=company_id,
        name=kept["name"],
        checked_at=datetime.fromisoformat(kept["checked_at"]),
        state=FileState.CHECKED,
        rows=tuple(
            Row(written=SheetRow(**row["written"]), state=RowState(row["state"]), faults=_faults(row["faults"]))
            for row in kept["rows"]
        ),
    )


def _followed(file: AffiliationFile) -> AffiliationFile:
    """A file that is being applied, its rows as they have become."""
    become: dict[int, Row] = {}
    waiting = []
    for part, rows in enumerate(_parts(file)):
        refused = _read(_key(file.company_id, file.file_id, f"parts/{part}"))
        if refused is None:
            waiting.append(part)
            continue
        for row in rows:
            faults = _faults(refused.get(str(row.written.line), []))
            become[row.written.line] = replace(
                row, state=RowState.REFUSED if faults else RowState.INVITED, faults=faults
            )
    return replace(
        file,
        state=FileState.APPLYING if waiting else FileState.APPLIED,
        rows=tuple(become.get(row.written.line, row) for row in file.rows),
        waiting=tuple(waiting),
    )


def _faults(kept: Sequence[Document]) -> tuple[FieldError, ...]:
    return tuple(FieldError(**fault) for fault in kept)


def _texts(row: SheetRow) -> dict[Column, str]:
    return {
        Column.RISK: row.risk,
        Column.CONTRACT: row.contract_number,
        Column.EMAIL: row.email,
        Column.DATE: row.affiliation_date,
    }


def _reasons(row: Row) -> str:
    return " ".join(f"{TITLES[Column(fault.field)]}\u00a0: {fault.message}" for fault in row.faults)


def _key(company_id: str, file_id: str, name: str) -> str:
    return f"affiliation-files/{company_id}/{file_id}/{name}.json"


def _read(key: str) -> Document | None:
    kept: Document | None = kept_json.read(key, max_bytes=KEPT_BYTES)
    return kept
