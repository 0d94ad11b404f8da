"""Companies whose prévoyance is priced on pay: made by files, with two employees that payroll knows."""

from dataclasses import dataclass
from datetime import date

import httpx

from chalicelib import clock
from chalicelib.domain.periods import add_months
from tests import samples
from tests.portal import Portal, User
from tests.services.conftest import Employer, Json, subscribe, subscription_file

TRANCHES = [
    {"label": "Tranche 1", "basis": "tranche_1_percent", "value": "1.50"},
    {"label": "Tranche 2", "basis": "tranche_2_percent", "value": "1.80"},
]


@dataclass(frozen=True, kw_only=True)
class Payroll:
    """A company whose prévoyance is priced on pay, with two employees in it."""

    employer: Employer
    lea: str
    zoe: str
    numbers: dict[str, str]
    nirs: dict[str, str]

    @property
    def hr(self) -> User:
        """The administrator."""
        return self.employer.hr

    def path(self, month: date) -> str:
        """One month of the contract."""
        return f"{self.employer.base}/contracts/{self.employer.provident['contract_id']}/salaries/{month:%Y-%m}"

    def declare(self, month: date, *amounts: tuple[str, int]) -> httpx.Response:
        """The answer to a form."""
        body = {"amounts": [{"member_id": member_id, "pay_cents": cents} for member_id, cents in amounts]}
        return self.hr.call("PUT", self.path(month), json=body)

    def known(self, month: date) -> dict[str, int | None]:
        """What is declared of a month."""
        return {one["member_id"]: one["pay_cents"] for one in self.hr.get(self.path(month))["people"]}

    def send(self, month: date, content: bytes) -> Json:
        """The report of a sheet."""
        contract_id = self.employer.provident["contract_id"]
        body = {"kind": "salaries", "name": "salaires.csv", "contract_id": contract_id, "month": f"{month:%Y-%m}"}
        return self._sent(body, content)

    def send_dsn(self, content: bytes) -> Json:
        """The report of a DSN."""
        return self._sent({"kind": "dsn", "name": "paie.dsn"}, content)

    def _sent(self, body: Json, content: bytes) -> Json:
        form = self.hr.post(f"{self.employer.base}/payroll-files", body)
        self.employer.portal.surroundings.upload(form, content)
        self.employer.portal.settle()
        report: Json = self.hr.get(f"{self.employer.base}/payroll-files/{form['file_id']}")
        return report

    def apply(self, file: Json) -> httpx.Response:
        """The answer to the recording of a file."""
        return self.hr.call("POST", f"{self.employer.base}/payroll-files/{file['file_id']}/application")


def on_pay(portal: Portal, *, called_from: date | None = None) -> Payroll:
    """A new such company; called from the first day of its contract unless told."""
    file = subscription_file()
    contract = file["contracts"][1]
    contract["contributions"] = {
        **contract["contributions"],
        "frequency": "monthly",
        "rates": TRANCHES,
        "taxes": [{"kind": "exonere"}],
    } | ({"called_from": f"{called_from}"} if called_from else {})
    employer = subscribe(portal, file)
    number = employer.provident["number"]
    forms = [
        samples.enrolled_member(number, first_name=name, last_name=last, birth_date=born)
        for name, last, born in (("Léa", "Martin", "1990-05-17"), ("Zoé", "Le Goff", "1985-01-03"))
    ]
    forms[1] |= {"starts_on": f"{months_back(2)}"}
    report = employer.enrol(*forms)
    assert report["outcome"] == "accepted", report
    found = employer.hr.get(f"{employer.base}/employees")["employees"]
    by_name = {one["name"]: one for one in found}
    lea, zoe = by_name["Léa Martin"], by_name["Zoé Le Goff"]
    for one, reference in ((lea, "A7"), (zoe, "A8")):
        employer.hr.call("PATCH", f"{employer.base}/employees/{one['member_id']}", json={"reference": reference})
    return Payroll(
        employer=employer,
        lea=lea["member_id"],
        zoe=zoe["member_id"],
        numbers={one["member_id"]: one["numero_adherent"] for one in (lea, zoe)},
        nirs={lea["member_id"]: forms[0]["nir"], zoe["member_id"]: forms[1]["nir"]},
    )


def months_back(count: int) -> date:
    """The first day of a month before the current one."""
    return add_months(clock.today().replace(day=1), -count)
