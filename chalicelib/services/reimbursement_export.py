"""The member's reimbursements as a file, line by line: asked for, written in the background, fetched by link (M36)."""

from collections.abc import Iterator, Mapping
from dataclasses import fields
from datetime import date
from decimal import Decimal

from chalicelib import clock
from chalicelib.domain import acts
from chalicelib.domain.decomptes import STATE_LABELS, Decompte, DecompteState, Filters, PaidTo, family_of, paid_to
from chalicelib.domain.reimbursement import ReimbursedLine
from chalicelib.gateways import documents, queues
from chalicelib.services import export_files, own_space, privacy, ready_documents, reimbursement_list, spreadsheets
from chalicelib.services.export_files import WAITING
from chalicelib.services.spreadsheets import CONTENT_TYPES, Format, Value, euros

TITLE = "Mes remboursements"
CONFIDENTIAL = "Soins confidentiels"
PAYEES = {PaidTo.MEMBER: "Assuré", PaidTo.PROFESSIONAL: "Professionnel de santé"}
COLUMNS = (
    "Décompte", "Décidé le", "Date des soins", "Bénéficiaire", "Acte", "Famille", "Dépense", "Sécurité sociale",
    "Complémentaire", "Autres organismes", "Reste à charge", "Versé à", "État", "Versé le",
)  # fmt: skip


def ask(member_id: str, filters: Filters, kind: Format) -> str:
    """Have the reimbursements of a list written to a file; returns the export's id.

    Errors: ``NotFound`` without a santé contract (M39).
    """
    own_space.with_health(member_id)
    export_id = export_files.new_name(kind, owner_id=member_id)
    asked = {one.name: f"{value}" for one in fields(filters) if (value := getattr(filters, one.name)) is not None}
    queues.send(
        "documents",
        {"document": "reimbursements", "member_id": member_id, "export_id": export_id, "filters": asked},
    )
    return export_id


def write(member_id: str, export_id: str, asked: Mapping[str, str]) -> None:
    """Write the file that was asked for; what is hidden on the day of writing stays so (A12). Safe to repeat."""
    kind = export_files.read_name(export_id, owner_id=member_id).kind
    member = own_space.with_health(member_id)
    rows = (row for one in reimbursement_list.every(member, _filters(asked)) for row in _rows(one))
    content = spreadsheets.write(kind, title=TITLE, columns=COLUMNS, rows=rows)
    documents.write("documents", _key(member_id, export_id), content, content_type=CONTENT_TYPES[kind])


def link(member_id: str, export_id: str) -> str:
    """A short-lived link to a file that was asked for.

    Errors: ``NotFound`` for somebody else's, after a day, and once what may be read of the family changed (A12);
    ``Conflict`` while it is being written.
    """
    member = own_space.with_health(member_id)
    file = export_files.read_name(export_id, owner_id=member_id)
    privacy.check_unchanged(member, file.asked_at)
    name = f"remboursements-{file.asked_on}.{file.kind}"
    return ready_documents.link(_key(member_id, export_id), name=name, waiting=WAITING)


def _key(member_id: str, export_id: str) -> str:
    return f"exports/{member_id}/{export_id}"


def _filters(asked: Mapping[str, str]) -> Filters:
    return Filters(
        decided_from=_day(asked, "decided_from"),
        decided_to=_day(asked, "decided_to"),
        care_from=_day(asked, "care_from"),
        care_to=_day(asked, "care_to"),
        beneficiary_id=asked.get("beneficiary_id"),
        act=asked.get("act"),
        family=asked.get("family"),
        paid_to=PaidTo(asked["paid_to"]) if "paid_to" in asked else None,
        state=DecompteState(asked["state"]) if "state" in asked else None,
    )


def _day(asked: Mapping[str, str], name: str) -> date | None:
    return date.fromisoformat(asked[name]) if name in asked else None


def _rows(one: Decompte) -> Iterator[tuple[Value, ...]]:
    found = one.reimbursement
    decided = clock.paris_day(found.decided_at)
    for line in found.lines:
        begins = (found.number, decided, line.care_on, found.beneficiary_name)
        paid = euros(line.complementary_cents)
        if one.hidden:
            yield (*begins, CONFIDENTIAL, None, None, None, paid, None, None, None, None, None)
        else:
            yield (*begins, line.label, _family(line), *_amounts(line, paid), *_payment(one))


def _family(line: ReimbursedLine) -> str:
    known = acts.families().get(family_of(line.act))
    return known.label if known else ""


def _amounts(line: ReimbursedLine, paid: Decimal) -> tuple[Value, ...]:
    spent, statutory = euros(line.expense_cents), euros(line.statutory_cents)
    return spent, statutory, paid, euros(line.other_payers_cents), euros(line.left_to_pay_cents)


def _payment(one: Decompte) -> tuple[Value, ...]:
    payee = one.reimbursement.payee_name or PAYEES[paid_to(one.reimbursement)]
    return payee, STATE_LABELS[one.state], one.paid_on
