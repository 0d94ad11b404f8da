"""What several journeys go through before they come to their point: subscribe, open spaces, file a claim."""

import itertools
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from tests import samples
from tests.portal import PASSWORD, Portal, User

OPENING_DELAY = timedelta(hours=72)

CLAUSES = [one for one in samples.TABLE["clauses"] if one["id"] != "chambre"] + [
    {
        "id": "chambre",
        "label": "Chambre particulière",
        "acts": ["CP"],
        "kind": "fixed_amount",
        "amount_cents": 6000,
        "per": "night",
    }
]
TABLE = {**samples.TABLE, "clauses": CLAUSES}
"""A guarantee table none of whose amounts changes with the year."""

_keys = itertools.count(1)


@dataclass(frozen=True)
class Subscription:
    """A company that has subscribed: its file, and the numéro adhérent that its mail gave."""

    file: dict[str, Any]
    number: str

    @property
    def company(self) -> dict[str, Any]:
        """The company as the file describes it."""
        company: dict[str, Any] = self.file["companies"][0]
        return company

    @property
    def administrator(self) -> str:
        """The administrator's address."""
        return str(self.file["administrator"]["email"])

    @property
    def contract(self) -> str:
        """The number of its santé contract."""
        return str(self.file["contracts"][0]["number"])

    @property
    def answers(self) -> dict[str, str]:
        """The three answers of a first connection."""
        company = self.company
        return {
            "numero_adherent": self.number,
            "siren": company["siren"],
            "postcode": company["address"]["postcode"],
        }


def subscription_file() -> dict[str, Any]:
    """A subscription with a santé and a prévoyance contract."""
    file = samples.subscription()
    file["contracts"][0]["guarantee_table"] = TABLE
    file["contracts"].append(samples.provident_contract())
    return file


def subscribe(portal: Portal, file: dict[str, Any] | None = None) -> Subscription:
    """A company whose file was accepted (H7)."""
    file = file or subscription_file()
    report = portal.drop(f"{file['reference']}.json", file)
    assert report["outcome"] == "accepted", report
    return Subscription(file, report["companies"][0]["numero_adherent"])


def open_employer_space(portal: Portal, subscription: Subscription) -> User:
    """The administrator, signed in for the first time once the opening delay is over."""
    portal.post("/access/employer/first-connection", subscription.answers, 202)
    portal.choose_password(subscription.administrator)
    return portal.sign_in("employer", {"email": subscription.administrator, "password": PASSWORD})


def company_path(employer: User) -> str:
    """The path of the employer's only company."""
    [company] = employer.get("/employer/companies")["companies"]
    return f"/employer/companies/{company['company_id']}"


def pre_affiliate(employer: User, email: str, starts_on: date) -> dict[str, Any]:
    """An employee invited to the company's santé contract."""
    base = company_path(employer)
    [contract] = [one for one in employer.get(f"{base}/contracts")["contracts"] if one["risk"] == "sante"]
    body = {"risk": "sante", "contract_id": contract["contract_id"], "email": email, "affiliation_date": f"{starts_on}"}
    employee: dict[str, Any] = employer.post(f"{base}/pre-affiliations", body)
    return employee


def open_agent_space(portal: Portal) -> User:
    """An agent created by a file of the insurer, signed in."""
    email = samples.email("agent")
    agent = {"first_name": "Zoé", "last_name": "Prat", "email": email}
    file = {"kind": "agents", "reference": f"AGENTS-{email.split('@')[0]}", "agents": [agent]}
    assert portal.drop(f"{file['reference']}.json", file)["outcome"] == "accepted"
    portal.choose_password(email)
    return sign_in_agent(portal, email)


def sign_in_agent(portal: Portal, email: str) -> User:
    """An agent who has a password."""
    return portal.sign_in("backoffice", {"email": email, "password": PASSWORD})


def enrol(portal: Portal, subscription: Subscription, *members: dict[str, Any]) -> list[str]:
    """Employees taken over with everything known (H137); returns their numéros adhérents."""
    reference = f"REPRISE-{subscription.contract}-{next(_keys)}"
    file = {
        "kind": "enrolment",
        "reference": reference,
        "numero_adherent": subscription.number,
        "members": list(members),
    }
    report = portal.drop(f"{reference}.json", file)
    assert report["outcome"] == "accepted", report
    return [one["numero_adherent"] for one in report["members"]]


def answers_of_member(number: str, form: dict[str, Any]) -> dict[str, str]:
    """The three answers of a member's first connection: numéro, last 8 digits without the key, birth date."""
    return {"numero_adherent": number, "nir_last8": form["nir"][5:13], "birth_date": form["birth_date"]}


def open_member_space(portal: Portal, number: str, form: dict[str, Any], email: str) -> User:
    """A member, signed in for the first time once the opening delay is over."""
    portal.post("/access/member/first-connection", answers_of_member(number, form), 202)
    portal.choose_password(email)
    return portal.sign_in("member", {"identifier": number, "password": PASSWORD})


def claim(member: User, form: str, *lines: dict[str, Any], beneficiary: int = 0) -> dict[str, Any]:
    """A claim for one of the member's beneficiaries, by rank from 0; it waits for its documents."""
    person = member.get("/member")["beneficiaries"][beneficiary]
    body = {"beneficiary_id": person["beneficiary_id"], "form": form, "lines": list(lines)}
    opened: dict[str, Any] = member.post(
        "/member/claims", body, headers={"Idempotency-Key": f"journey-{next(_keys):06d}"}
    )
    return opened


def room(care_on: date, *, nights: int = 2, expense_cents: int = 15000) -> dict[str, Any]:
    """A private room: by itself, 2 nights at 60 € of the contract are 120 €, decided by the rule (H147)."""
    return {"act": "CP", "care_on": f"{care_on}", "expense_cents": expense_cents, "quantity": nights}


def path_of(request: dict[str, Any]) -> str:
    """Where a member reads a request."""
    return f"/member/requests/{request['request_id']}"


def send_documents(portal: Portal, member: User, request: dict[str, Any]) -> None:
    """Send a good file for every document the request still misses."""
    portal.upload_all(member, f"{path_of(request)}/uploads", request)


def once_in(
    portal: Portal, member: User, request: dict[str, Any], state: str, *, settling: bool = True
) -> dict[str, Any]:
    """The request as soon as it is in a state."""

    def read() -> dict[str, Any] | None:
        found: dict[str, Any] = member.get(path_of(request))
        return found if found["state"] == state else None

    reached: dict[str, Any] = portal.eventually(read, settling=settling)
    return reached
