"""What happened in the portfolio, in order: each chapter uses the doors that its people would use."""

import json
from collections.abc import Callable
from datetime import date, time, timedelta
from functools import partial
from importlib.resources import files
from itertools import groupby
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from chalicelib import clock
from local.demo.past import Past
from local.demo.sign_ins import PASSWORD, SignIn, agent, employer, member
from local.demo.visitor import Visitor

if TYPE_CHECKING:
    from local.stack import Stack

MORNING = time(9, 20)
BETWEEN = timedelta(minutes=4)

AGENT = "solene.marchand@assureur.example"
COLLEAGUE = "karim.benali@assureur.example"
KERBRAT = "anne.legoff@kerbrat.example"
CASTAGNE = "nadia.belkacem@castagne.example"
ADMINISTERED = {"81204731400016": KERBRAT, "82315904100016": CASTAGNE}
MEMBERS = {
    "Camille Riou": "camille.riou@courriel.example",
    "Hervé Tanguy": "herve.tanguy@courriel.example",
    "Patrick Sallès": "patrick.salles@courriel.example",
    "Sofiane Haddad": "sofiane.haddad@courriel.example",
    "Joseph Fabre": "joseph.fabre@courriel.example",
}
SPOUSE = "yann.riou@courriel.example"
NOTICES = {
    "notice-sante-confort.pdf": "Notice d’information – Santé Confort",
    "notice-prevoyance-cadres.pdf": "Notice d’information – Prévoyance Cadres",
}

Event = tuple[int, str, Callable[[], None]]


class Story:
    """The story of one portfolio in one stack."""

    def __init__(self, stack: "Stack") -> None:
        self._stack = stack
        self._anybody = Visitor(stack)
        self._companies: dict[str, dict[str, Any]] = {}
        self._people: dict[str, dict[str, Any]] = {}
        self._claims: dict[str, str] = {}
        self._visits: dict[str, Visitor] = {}

    def live(self, tell: Callable[[str], None]) -> list[SignIn]:
        """Live through every chapter, day by day; returns who can sign in."""
        with Past() as past:
            for title, chapter in groupby(self._events(), key=lambda event: event[1]):
                tell(title)
                for days_ago, events in groupby(chapter, key=lambda event: event[0]):
                    past.go_to(days_ago, MORNING)
                    self._visits.clear()
                    for _, _, happens in events:
                        happens()
                        past.pass_by(BETWEEN)
                    self._stack.drain()
        return self._sign_ins()

    def _events(self) -> list[Event]:
        """Everything that happens, oldest first: how many days ago, in which chapter, what."""
        openings: list[Event] = [
            (48, "souscriptions", self._subscribe),
            (47, "salariés", self._enrol),
            (43, "espaces", self._record_address),
            (43, "espaces", self._open_spaces),
            (42, "espaces", self._share_care),
            (41, "affiliations", self._invite_long_ago),
            (40, "affiliations", self._answer_invitations),
        ]
        later: list[Event] = [(5, "soins", self._expire_invitations), (2, "soins", self._invite_lately)]
        for claim in _data("claims"):
            later.append((claim["opened"], "soins", partial(self._claim, claim)))
            if "answer" in claim:
                later.append((claim["answer"]["days_ago"], "soins", partial(self._answer, claim)))
        return openings + sorted(later, key=lambda event: -event[0])

    def _as(self, who: SignIn) -> Visitor:
        """Somebody in their space: they sign in once a day, which costs an argon2 hash."""
        if who.identifier not in self._visits:
            self._visits[who.identifier] = self._anybody.signed_in(who)
        return self._visits[who.identifier]

    def _subscribe(self) -> None:
        for name, title in NOTICES.items():
            self._anybody.attach(name, title)
        for name in ("kerbrat", "castagne", "agents"):
            self._anybody.drop(f"{name}.json", _data(name))
        self._stack.drain()
        for name in ("kerbrat", "castagne"):
            numbers = {
                one["siret"]: one["numero_adherent"] for one in self._anybody.report(f"{name}.json")["companies"]
            }
            for company in _data(name)["companies"]:
                self._companies[company["siret"]] = company | {"numero_adherent": numbers[company["siret"]]}
        self._anybody.report("agents.json")
        for recipient in (AGENT, COLLEAGUE):
            self._anybody.choose_password(recipient, PASSWORD)

    def _enrol(self) -> None:
        for company in _data("employees"):
            number = self._companies[company["siret"]]["numero_adherent"]
            file = {name: value for name, value in company.items() if name != "siret"}
            self._anybody.drop(f"{company['reference']}.json", file | {"kind": "enrolment", "numero_adherent": number})
        self._stack.drain()
        for company in _data("employees"):
            for created in self._anybody.report(f"{company['reference']}.json")["members"]:
                person = company["members"][created["row"]]
                name = f"{person['first_name']} {person['last_name']}"
                self._people[name] = person | {"numero_adherent": created["numero_adherent"]}

    def _record_address(self) -> None:
        """Joseph Fabre has written to the insurer, who did not know any address of his (H135–H137)."""
        desk = self._as(agent(AGENT))
        asked = urlencode(
            {"numero_adherent": self._people["Joseph Fabre"]["numero_adherent"], "reason": "Courrier de l’assuré"}
        )
        found = desk.call("GET", f"/backoffice/members?{asked}")
        desk.call("PUT", f"/backoffice/members/{found['member_id']}/email", {"email": MEMBERS["Joseph Fabre"]})

    def _open_spaces(self) -> None:
        """The delay of 72 hours is over: they identify themselves, then follow the link of the mail."""
        for siret in ADMINISTERED:
            company = self._companies[siret]
            answers = {name: company[name] for name in ("numero_adherent", "siren")}
            answers["postcode"] = company["address"]["postcode"]
            self._anybody.call("POST", "/access/employer/first-connection", answers)
        for name in MEMBERS:
            person = self._people[name]
            answers = {field: person[field] for field in ("numero_adherent", "birth_date")}
            answers["nir_last8"] = person["nir"][5:13]
            self._anybody.call("POST", "/access/member/first-connection", answers)
        self._stack.drain()
        for recipient in (*ADMINISTERED.values(), *MEMBERS.values()):
            self._anybody.choose_password(recipient, PASSWORD)

    def _share_care(self) -> None:
        """Camille asks her husband, who agrees by the link he is mailed, so that she reads his care (A12)."""
        camille = self._as(member(MEMBERS["Camille Riou"]))
        [yann] = camille.call("GET", "/member/consents")["consents"]
        camille.call("POST", f"/member/consents/{yann['beneficiary_id']}/invitation", {"email": SPOUSE})
        self._stack.drain()
        token = self._anybody.token_mailed_to(SPOUSE)
        self._anybody.call("POST", "/consents/decision", {"token": token, "choice": "agreed"})

    def _invite_long_ago(self) -> None:
        self._invite("Menuiserie Kerbrat", "chloe.nguyen@courriel.example")
        self._invite("Menuiserie Kerbrat", "thomas.guillou@courriel.example")
        self._invite("Kerbrat Agencement", "ines.caradec@courriel.example")

    def _invite_lately(self) -> None:
        self._invite("Scierie Kerbrat", "lucas.morvan@courriel.example")
        mistaken = self._invite("Scierie Kerbrat", "maxime.hamon@courriel.example")
        self._as(employer(KERBRAT)).call("DELETE", f"{mistaken}/invitation")

    def _invite(self, company: str, email: str) -> str:
        """Invite somebody to the health contract from today on; returns the path of their sheet."""
        hr = self._as(employer(KERBRAT))
        companies = hr.call("GET", "/employer/companies")["companies"]
        path = "/employer/companies/" + next(one["company_id"] for one in companies if one["name"] == company)
        contracts = hr.call("GET", f"{path}/contracts")["contracts"]
        contract = next(one["contract_id"] for one in contracts if one["risk"] == "sante")
        body = {"risk": "sante", "contract_id": contract, "email": email, "affiliation_date": str(clock.today())}
        return f"{path}/employees/{hr.call('POST', f'{path}/pre-affiliations', body)['member_id']}"

    def _answer_invitations(self) -> None:
        for answer in _data("affiliations"):
            invited = self._anybody.invited(answer["email"])
            request = invited.call("POST", "/affiliation", answer["form"])
            sent = [one for one in request["missing"] if one["kind"] not in answer["unsent"]]
            invited.send_papers("/affiliation/uploads", sent)

    def _expire_invitations(self) -> None:
        self._stack.run_schedule("expire-invitations")

    def _claim(self, claim: dict[str, Any]) -> None:
        visitor = self._as(member(claim["by"]))
        covered = visitor.call("GET", "/member")["beneficiaries"]
        person = next(one for one in covered if one["first_name"] == claim["person"])
        lines = [_line(line) for line in claim["lines"]]
        body = {"beneficiary_id": person["beneficiary_id"], "form": claim["form"], "lines": lines}
        request = visitor.call("POST", "/member/claims", body, **{"Idempotency-Key": f"demo-{claim['name']}"})
        self._claims[claim["name"]] = request["request_id"]
        papers = claim.get("papers", "all")
        if papers != "none":
            path = f"/member/requests/{request['request_id']}/uploads"
            visitor.send_papers(path, request["missing"], damaged=papers == "damaged")

    def _answer(self, claim: dict[str, Any]) -> None:
        """An agent decides; a large amount counts once a colleague has confirmed it."""
        answer = {name: value for name, value in claim["answer"].items() if name not in {"days_ago", "confirmation"}}
        path = f"/backoffice/claims/{self._claims[claim['name']]}"
        self._as(agent(AGENT)).call("POST", f"{path}/decision", answer)
        if "confirmation" in claim["answer"]:
            confirmed = {"agrees": True, "reason": claim["answer"]["confirmation"]}
            self._as(agent(COLLEAGUE)).call("POST", f"{path}/confirmation", confirmed)

    def _sign_ins(self) -> list[SignIn]:
        joseph, mireille = (self._people[name]["numero_adherent"] for name in ("Joseph Fabre", "Mireille Le Bihan"))
        return [
            employer(
                KERBRAT, "Menuiserie Kerbrat et ses deux filiales, santé et prévoyance\u00a0; toutes les affiliations"
            ),
            employer(CASTAGNE, "Boulangeries Castagné, santé\u00a0; numéros adhérents à 7 chiffres"),
            member(
                MEMBERS["Camille Riou"], "Une famille de quatre, des remboursements et des demandes de toutes sortes"
            ),
            member(MEMBERS["Sofiane Haddad"], "Un gestionnaire lui a demandé une ordonnance"),
            member(MEMBERS["Hervé Tanguy"], "Prévoyance seule\u00a0: ni remboursements, ni carte"),
            member(MEMBERS["Patrick Sallès"], "Sans télétransmission, garanties essentielles"),
            member(joseph, "Joseph Fabre, connu sans adresse, que la gestion a enregistrée ensuite"),
            agent(
                AGENT,
                f"Deux demandes à décider\u00a0; Mireille Le Bihan (nᵒ\u00a0{mireille}) n’a pas d’adresse enregistrée",
            ),
            agent(COLLEAGUE, "Son collègue, qui confirme les accords d’au moins 1\u00a0000\u00a0€"),
        ]


def _line(line: dict[str, Any]) -> dict[str, Any]:
    """A line of a claim, dated from the day it is opened on."""
    care_on: date = clock.today() - timedelta(days=line["days_before"])
    return {name: value for name, value in line.items() if name != "days_before"} | {"care_on": care_on.isoformat()}


def _data(name: str) -> Any:
    return json.loads(files("local.demo").joinpath("portfolio", f"{name}.json").read_text("utf-8"))
