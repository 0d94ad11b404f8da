"""The DSN parameter sheet of a contract: what payroll software must declare, block by block (H116, H118).

An insurer publishes such a sheet (« fiche de paramétrage ») for each contract; the software copies it as it stands, so
every value here is text exactly as it goes into the declaration.
"""

from dataclasses import dataclass
from datetime import date

from chalicelib.domain.company import Contract, ContributionBasis, Risk

BASE = "31"
CONTRIBUTION = "059"
COMPONENTS = {
    ContributionBasis.TRANCHE_1_PERCENT: "11",
    ContributionBasis.TRANCHE_2_PERCENT: "12",
    ContributionBasis.PMSS_PERCENT: "18",
    ContributionBasis.EUROS: "20",
}
COMPONENT_LABELS = {
    "11": "Tranche A Prévoyance",
    "12": "Tranche 2 Prévoyance",
    "18": "Base forfaitaire Prévoyance",
    "20": "Montant forfaitaire Prévoyance",
}
"""Names of S21.G00.79.001 in the norm; the norm says « prévoyance » for santé too."""
FREQUENCIES = {"monthly": "Mensuelle", "quarterly": "Trimestrielle"}
PERIODS = {"monthly": "M", "quarterly": "T"}
EVERYBODY = "ENS"


@dataclass(frozen=True, slots=True, kw_only=True)
class DsnCodes:
    """What names the insurer in a DSN; ``delegate`` is empty without a délégataire de gestion."""

    organism: str
    delegate: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DsnLine:
    """One price of the contract as it is declared: option and population, base, component, contribution.

    Units: ``rate_percent`` is a percentage and ``amount_euros`` euros a month; a line has one of the two.
    """

    label: str
    option: str
    population: str
    base: str
    component: str
    component_label: str
    contribution: str
    rate_percent: str | None
    amount_euros: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DsnSheet:
    """The parameter sheet of one contract on a day."""

    contract_number: str
    contract_label: str
    risk: Risk
    organism: str
    delegate: str
    frequency: str
    frequency_label: str
    in_advance: bool
    due_day: int
    valid_from: date
    lines: tuple[DsnLine, ...]


def sheet(contract: Contract, codes: DsnCodes, *, on: date) -> DsnSheet:
    """The sheet of a contract as it stands on a day.

    The option is the code of the guarantee table in force (before the contract starts, of its first table); a contract
    without a table has none. Contracts know no categories of staff yet: the population is everybody.

    Source: NEODeS, blocks S21.G00.15, .70, .78, .79 and .81 (dossier 8.3); names of the components as in the norm.

    >>> from chalicelib.domain.company import ContributionRate, ContributionTerms
    >>> rates = (ContributionRate(label="Salarié", basis=ContributionBasis.PMSS_PERCENT, value="1.50"),)
    >>> terms = ContributionTerms(frequency="monthly", due_day=5, in_advance=False, employer_share_percent="60",
    ...                           rates=rates)
    >>> contract = Contract(contract_id="1", company_id="2", number="S-1", label="Santé", risk=Risk.HEALTH,
    ...                     starts_on=date(2026, 1, 1), terms=terms)
    >>> [line] = sheet(contract, DsnCodes(organism="P0000"), on=date(2026, 3, 1)).lines
    >>> line.component, line.rate_percent, line.amount_euros
    ('18', '1.50', None)
    """
    first = min(contract.tables, key=lambda one: one.valid_from, default=None)
    table = contract.table_on(on) or first
    return DsnSheet(
        contract_number=contract.number,
        contract_label=contract.label,
        risk=contract.risk,
        organism=codes.organism,
        delegate=codes.delegate,
        frequency=PERIODS[contract.terms.frequency],
        frequency_label=FREQUENCIES[contract.terms.frequency],
        in_advance=contract.terms.in_advance,
        due_day=contract.terms.due_day,
        valid_from=max(table.valid_from, contract.starts_on) if table else contract.starts_on,
        lines=_lines(contract, table.code if table else ""),
    )


def _lines(contract: Contract, option: str) -> tuple[DsnLine, ...]:
    return tuple(
        DsnLine(
            label=rate.label,
            option=option,
            population=EVERYBODY,
            base=BASE,
            component=COMPONENTS[rate.basis],
            component_label=COMPONENT_LABELS[COMPONENTS[rate.basis]],
            contribution=CONTRIBUTION,
            rate_percent=None if rate.basis is ContributionBasis.EUROS else rate.value,
            amount_euros=rate.value if rate.basis is ContributionBasis.EUROS else None,
        )
        for rate in contract.terms.rates
    )
