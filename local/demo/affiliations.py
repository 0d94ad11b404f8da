"""Employees invited, affiliated, late, forgotten; one who leaves and keeps her cover, one who is off work."""

from local.demo.cast import AGENCEMENT, JEANNE, KERBRAT, MENUISERIE, SCIERIE
from local.demo.scene import Event, Scene, contract_id, data, days_before, employee_path


class Affiliations:
    """What HR and the invited do."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene

    def events(self) -> list[Event]:
        """Invitations with their answers, a departure that comes into effect, a stoppage."""
        return [
            (41, self._invite_long_ago),
            (41, self._declare_departure),
            (40, self._answer_invitations),
            (5, self._follow),
            (5, self._prove_unemployment),
            (2, self._invite_lately),
            (2, self._declare_stoppage),
        ]

    def _invite_long_ago(self) -> None:
        self._invite(MENUISERIE, "chloe.nguyen@courriel.example")
        self._invite(MENUISERIE, "thomas.guillou@courriel.example")
        self._invite(AGENCEMENT, "ines.caradec@courriel.example")

    def _invite_lately(self) -> None:
        self._invite(SCIERIE, "lucas.morvan@courriel.example")
        mistaken = self._invite(SCIERIE, "maxime.hamon@courriel.example")
        self._scene.hr(KERBRAT).call("DELETE", f"{mistaken}/invitation")

    def _invite(self, company: str, email: str) -> str:
        """Invite somebody to the health contract from today on; returns the path of their sheet."""
        hr = self._scene.hr(KERBRAT)
        path = self._scene.company(KERBRAT, company)
        contract = contract_id(hr, path, "sante")
        body = {"risk": "sante", "contract_id": contract, "email": email, "affiliation_date": str(days_before(0))}
        return f"{path}/employees/{hr.call('POST', f'{path}/pre-affiliations', body)['member_id']}"

    def _answer_invitations(self) -> None:
        for answer in data("affiliations"):
            invited = self._scene.anybody.invited(answer["email"])
            request = invited.call("POST", "/affiliation", answer["form"])
            sent = [one for one in request["missing"] if one["kind"] not in answer["unsent"]]
            invited.send_papers("/affiliation/uploads", sent)

    def _follow(self) -> None:
        self._scene.night("expire-invitations", "follow-departures")

    def _declare_departure(self) -> None:
        """Somebody leaves by agreement: what was announced comes into effect a month later (H76–H79)."""
        told = data("employment")["departure"]
        hr = self._scene.hr(KERBRAT)
        sheet = employee_path(hr, self._scene.company(KERBRAT, told["company"]), told["employee"])
        body = told["form"] | {"leaving_on": str(days_before(-told["leaves_in_days"]))}
        hr.call("POST", f"{sheet}/departure", body)

    def _prove_unemployment(self) -> None:
        """Who has left sends what keeps her cover: portability begins (H79)."""
        jeanne = self._scene.member(JEANNE)
        for one in jeanne.call("GET", "/member/requests")["requests"]:
            if one["kind"] == "portability_proof":
                path = f"/member/requests/{one['request_id']}"
                jeanne.send_papers(f"{path}/uploads", jeanne.call("GET", path)["missing"])

    def _declare_stoppage(self) -> None:
        """An executive is ill: everything is told, and the documents are still to be sent (H88–H95)."""
        told = data("employment")["stoppage"]
        hr = self._scene.hr(KERBRAT)
        company = self._scene.company(KERBRAT, told["company"])
        sheet = employee_path(hr, company, told["employee"])
        body = {"kind": told["kind"], "contract_id": contract_id(hr, company, "prevoyance")}
        begun = hr.call("POST", f"{sheet}/work-stoppages", body, **{"Idempotency-Key": "demo-arret"})
        path = f"{company}/work-stoppages/{begun['request']['request_id']}"
        days = {name: str(days_before(before)) for name, before in told["days_before"].items()}
        hr.call("PUT", path, {"answers": told["answers"] | days})
        hr.call("POST", f"{path}/declaration")
