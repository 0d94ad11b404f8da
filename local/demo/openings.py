"""How the portfolio begins: subscriptions, employees taken over, spaces opened, an address recorded, care shared."""

from datetime import date
from typing import Any
from urllib.parse import urlencode

from chalicelib.domain.periods import add_months
from local.demo.cast import ADMINISTERED, AGENT, CAMILLE, COLLEAGUE, MEMBERS, SPOUSE
from local.demo.scene import Event, Scene, data, days_before
from local.demo.sign_ins import PASSWORD

SUBSCRIPTIONS = ("kerbrat", "castagne")
NOTICES = {
    "notice-sante-confort.pdf": "Notice d’information – Santé Confort",
    "notice-prevoyance-cadres.pdf": "Notice d’information – Prévoyance Cadres",
}
SUBSCRIBED = 48
"""How many days ago the companies came in."""


class Openings:
    """The first week: files dropped by the insurer, then the first connections."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene

    def subscriptions(self) -> list[Event]:
        """Companies and agents come in."""
        return [(SUBSCRIBED, self._subscribe)]

    def employees(self) -> list[Event]:
        """Their employees follow."""
        return [(47, self._enrol)]

    def spaces(self) -> list[Event]:
        """The delay of 72 hours is over: people open their spaces."""
        return [(43, self._record_address), (43, self._open_spaces), (42, self._share_care)]

    def _subscribe(self) -> None:
        anybody = self._scene.anybody
        for name, title in NOTICES.items():
            anybody.attach(name, title)
        for name in SUBSCRIPTIONS:
            anybody.drop(f"{name}.json", _called_from(data(name), first_called(days_before(0))))
        anybody.drop("agents.json", data("agents"))
        self._scene.stack.drain()
        for name in SUBSCRIPTIONS:
            numbers = {one["siret"]: one["numero_adherent"] for one in anybody.report(f"{name}.json")["companies"]}
            for company in data(name)["companies"]:
                self._scene.companies[company["siret"]] = company | {"numero_adherent": numbers[company["siret"]]}
        anybody.report("agents.json")
        for recipient in (AGENT, COLLEAGUE):
            anybody.choose_password(recipient, PASSWORD)

    def _enrol(self) -> None:
        anybody = self._scene.anybody
        for company in data("employees"):
            number = self._scene.companies[company["siret"]]["numero_adherent"]
            file = {name: value for name, value in company.items() if name != "siret"}
            anybody.drop(f"{company['reference']}.json", file | {"kind": "enrolment", "numero_adherent": number})
        self._scene.stack.drain()
        for company in data("employees"):
            for created in anybody.report(f"{company['reference']}.json")["members"]:
                person = company["members"][created["row"]]
                name = f"{person['first_name']} {person['last_name']}"
                self._scene.people[name] = person | {"numero_adherent": created["numero_adherent"]}

    def _record_address(self) -> None:
        """Joseph Fabre has written to the insurer, who did not know any address of his (H135–H137)."""
        desk = self._scene.agent(AGENT)
        number = self._scene.people["Joseph Fabre"]["numero_adherent"]
        asked = urlencode({"numero_adherent": number, "reason": "Courrier de l’assuré"})
        found = desk.call("GET", f"/backoffice/members?{asked}")
        desk.call("PUT", f"/backoffice/members/{found['member_id']}/email", {"email": MEMBERS["Joseph Fabre"]})

    def _open_spaces(self) -> None:
        """They identify themselves, then follow the link of the mail."""
        anybody = self._scene.anybody
        for siret in ADMINISTERED:
            company = self._scene.companies[siret]
            answers = {name: company[name] for name in ("numero_adherent", "siren")}
            answers["postcode"] = company["address"]["postcode"]
            anybody.call("POST", "/access/employer/first-connection", answers)
        for name in MEMBERS:
            person = self._scene.people[name]
            answers = {field: person[field] for field in ("numero_adherent", "birth_date")}
            answers["nir_last8"] = person["nir"][5:13]
            anybody.call("POST", "/access/member/first-connection", answers)
        self._scene.stack.drain()
        for recipient in (*ADMINISTERED.values(), *MEMBERS.values()):
            anybody.choose_password(recipient, PASSWORD)

    def _share_care(self) -> None:
        """Camille asks her husband, who agrees by the link he is mailed, so that she reads his care (A12)."""
        camille = self._scene.member(CAMILLE)
        [yann] = camille.call("GET", "/member/consents")["consents"]
        camille.call("POST", f"/member/consents/{yann['beneficiary_id']}/invitation", {"email": SPOUSE})
        self._scene.stack.drain()
        token = self._scene.anybody.token_mailed_to(SPOUSE)
        self._scene.anybody.call("POST", "/consents/decision", {"token": token, "choice": "agreed"})


def first_called(subscribed_on: date) -> date:
    """The first month whose contributions are called here: the last one that was over on the day of the subscription.

    >>> first_called(date(2026, 10, 5))
    datetime.date(2026, 9, 1)
    """
    return add_months(subscribed_on.replace(day=1), -1)


def _called_from(file: dict[str, Any], day: date) -> dict[str, Any]:
    for contract in file["contracts"]:
        contract["contributions"]["called_from"] = day.isoformat()
    return file
