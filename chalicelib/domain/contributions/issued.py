"""What is kept of a statement once it is issued: all of it but its lines, which lie apart; it never changes."""

from dataclasses import dataclass
from datetime import date

from chalicelib.domain.contributions.reference import structured_reference
from chalicelib.domain.contributions.statement import Group, Statement, StatementKind
from chalicelib.domain.money import Cents
from chalicelib.domain.periods import Period


@dataclass(frozen=True, slots=True, kw_only=True)
class Debit:
    """The debit that a company is told of: how much, under which mandate, from which account, on which day.

    Units: cents. Whatever is paid before that day is not debited. Source: dossier 8.4.
    """

    rum: str
    ics: str
    iban_masked: str
    debit_on: date
    amount_cents: Cents


@dataclass(frozen=True, slots=True, kw_only=True)
class Issued:
    """One statement as it was issued, without its lines. Units: cents, with taxes unless said otherwise.

    ``months`` are those its lines bear on. ``lines`` is where these lie, in ``parts`` parts. ``debit`` is the debit the
    statement announces; without one the company transfers what it owes under ``reference``.
    """

    number: str
    kind: StatementKind
    company_id: str
    contract_id: str
    contract_number: str
    period: Period
    months: tuple[date, ...]
    issued_on: date
    due_on: date
    conventions: tuple[str, ...]
    groups: tuple[Group, ...]
    heads: int
    ht_cents: Cents
    tax_cents: Cents
    employer_cents: Cents
    employee_cents: Cents
    brought_forward_cents: Cents
    debit: Debit | None
    lines: str
    parts: int

    @property
    def called_cents(self) -> Cents:
        """What the statement calls with tax, its corrections included; negative when it gives back."""
        return self.ht_cents + self.tax_cents

    @property
    def to_pay_cents(self) -> Cents:
        """What the company is asked for: this call and the balance before it, nothing when it has a credit."""
        return max(0, self.called_cents + self.brought_forward_cents)

    @property
    def reference(self) -> str:
        """What the company writes on a transfer."""
        return structured_reference(self.number)


def issued_from(statement: Statement, *, contract_number: str, debit: Debit | None, lines: str, parts: int) -> Issued:
    """What is kept of a statement whose lines were put somewhere."""
    return Issued(
        number=statement.number,
        kind=statement.kind,
        company_id=statement.company_id,
        contract_id=statement.contract_id,
        contract_number=contract_number,
        period=statement.period,
        months=tuple(sorted({line.month for line in statement.lines})),
        issued_on=statement.issued_on,
        due_on=statement.due_on,
        conventions=statement.conventions,
        groups=statement.groups,
        heads=len({line.member_id for line in statement.lines}),
        ht_cents=statement.ht_cents,
        tax_cents=statement.tax_cents,
        employer_cents=statement.employer_cents,
        employee_cents=statement.employee_cents,
        brought_forward_cents=statement.brought_forward_cents,
        debit=debit,
        lines=lines,
        parts=parts,
    )
