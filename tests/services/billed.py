"""Companies whose contributions are called, on days of their own: made by files, called by the daily run."""

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from chalicelib import clock
from chalicelib.domain.contributions.contribution import ContributionSummary
from chalicelib.domain.contributions.issued import Issued
from chalicelib.domain.contributions.line import Line
from chalicelib.services import contribution_ledger, contribution_lines
from chalicelib.services.contribution_ledger import Books
from chalicelib.storage import companies, contracts, contributions
from local.stack import Stack
from tests import samples
from tests.portal import Portal

Json = dict[str, Any]

_numbers = itertools.count(1)

ALONE_OR_FAMILY = [
    {"label": "Isolé", "basis": "pmss_percent", "value": "1.50"},
    {"label": "Famille", "basis": "pmss_percent", "value": "3.90"},
]
TRANCHES = [
    {"label": "Tranche 1", "basis": "tranche_1_percent", "value": "1.50"},
    {"label": "Tranche 2", "basis": "tranche_2_percent", "value": "1.80"},
]
SPOUSE = {"relationship": "conjoint", "first_name": "Marc", "last_name": "Martin", "birth_date": "1988-04-02"}
HEALTH: Json = {
    "frequency": "monthly",
    "due_day": 15,
    "employer_share_percent": "50",
    "rates": ALONE_OR_FAMILY,
}
PROVIDENT: Json = {
    "frequency": "monthly",
    "due_day": 15,
    "employer_share_percent": "60",
    "rates": TRANCHES,
    "taxes": [{"kind": "exonere"}],
}


@contextmanager
def on(day: date) -> Iterator[None]:
    """Noon of a day, past or to come; the clock goes back at the end."""
    shift = datetime.combine(day, time(12), clock.PARIS) - clock.now()
    clock.shift(shift)
    try:
        yield
    finally:
        clock.shift(-shift)


@dataclass(frozen=True, kw_only=True)
class Billed:
    """A company with one contract whose contributions are called."""

    portal: Portal
    stack: Stack
    company_id: str
    contract_id: str
    number: str
    contract_number: str
    administrator: str
    file: Json

    def enrol(self, **changes: Any) -> str:
        """The numéro adhérent of one more employee, known from a file dropped at present."""
        form = samples.enrolled_member(self.contract_number, **changes)
        reference = f"REPRISE-{self.number}-{next(_numbers)}"
        file = {
            "kind": "enrolment",
            "reference": reference,
            "numero_adherent": self.number,
            "members": [form],
        }
        report = self.portal.drop(f"{reference}.json", file)
        assert report["outcome"] == "accepted", report
        return str(report["members"][0]["numero_adherent"])

    def change_tariff(self, *tariffs: Json) -> Json:
        """The report of a file that changes the prices of the contract."""
        reference = f"TARIF-{self.number}-{next(_numbers)}"
        file = {
            "kind": "tariff_change",
            "reference": reference,
            "numero_adherent": self.number,
            "contract": self.contract_number,
            "tariffs": list(tariffs),
        }
        return self.portal.drop(f"{reference}.json", file)

    def run(self, day: date) -> None:
        """What the daily run does on a day, for this contract alone."""
        with on(day):
            self.call()
            self.portal.settle()

    def call(self) -> str:
        """What the step of the run that calls this contract answers, at present."""
        given = {"company_id": self.company_id, "contract_id": self.contract_id}
        return str(self.stack.functions.run("contributions-issue", given)["outcome"])

    def listed(self) -> list[ContributionSummary]:
        """Its contributions, oldest first."""
        found, _ = contributions.page_of_company(self.company_id, before=None, limit=100)
        return found[::-1]

    def issued(self) -> list[Issued]:
        """Its statements, oldest first."""
        found = [contributions.issued(one.number) for one in self.listed()]
        return [one for one in found if one is not None]

    def lines(self, issued: Issued) -> list[Line]:
        """The lines of a statement."""
        return list(contribution_lines.every(issued.lines, issued.parts))

    @property
    def books(self) -> Books:
        """Its books."""
        return contribution_ledger.read(self.company_id, self.contract_id)


def subscribed(
    portal: Portal, stack: Stack, *, terms: Json, starts_on: date, subscribed_on: date | None = None, **changes: Any
) -> Billed:
    """A company that subscribed one contract, santé or (with tranches of pay) prévoyance."""
    contract = samples.provident_contract() if changes.get("risk") == "prevoyance" else None
    file = samples.subscription(**({"contracts": [contract]} if contract else {}))
    [one] = file["contracts"]
    one |= {"starts_on": f"{starts_on}", "contributions": terms, **changes}
    with on(subscribed_on or starts_on):
        report = portal.drop(f"{file['reference']}.json", file)
    assert report["outcome"] == "accepted", report
    number = report["companies"][0]["numero_adherent"]
    company = companies.by_number(number)
    assert company is not None
    [held] = contracts.of_company(company.company_id)
    return Billed(
        portal=portal,
        stack=stack,
        company_id=company.company_id,
        contract_id=held.contract_id,
        number=number,
        contract_number=one["number"],
        administrator=file["administrator"]["email"],
        file=file,
    )
