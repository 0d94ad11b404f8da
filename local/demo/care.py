"""Care of the members: claims and their answers, a devis that is estimated, a stay in hospital that is granted."""

from functools import partial
from typing import Any

from local.demo.cast import AGENT, CAMILLE, COLLEAGUE
from local.demo.scene import Event, Scene, beneficiary_id, data, days_before


class Care:
    """What members ask for, and what agents answer."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._claims: dict[str, str] = {}

    def events(self) -> list[Event]:
        """Everything about care, in any order."""
        found: list[Event] = []
        for claim in data("claims"):
            found.append((claim["opened"], partial(self._claim, claim)))
            if "answer" in claim:
                found.append((claim["answer"]["days_ago"], partial(self._answer, claim)))
        return [*found, (18, self._list_hospital), (5, self._ask_estimate), (5, self._ask_commitments)]

    def _claim(self, claim: dict[str, Any]) -> None:
        visitor = self._scene.member(claim["by"])
        person = beneficiary_id(visitor, claim["person"])
        body = {"beneficiary_id": person, "form": claim["form"], "lines": [_line(one) for one in claim["lines"]]}
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
        self._scene.agent(AGENT).call("POST", f"{path}/decision", answer)
        if "confirmation" in claim["answer"]:
            confirmed = {"agrees": True, "reason": claim["answer"]["confirmation"]}
            self._scene.agent(COLLEAGUE).call("POST", f"{path}/confirmation", confirmed)

    def _list_hospital(self) -> None:
        """An agent records the address of a hospital, a colleague verifies it: commitments may go there (M71)."""
        listed = data("care_to_come")["directory"]
        path = f"/backoffice/hospitals/{listed['finess']}"
        entry = {name: listed[name] for name in ("name", "city", "email")}
        self._scene.agent(AGENT).call("PUT", path, entry)
        proof = {"email": listed["email"], "proof": listed["proof"]}
        self._scene.agent(COLLEAGUE).call("POST", f"{path}/verification", proof)

    def _ask_estimate(self) -> None:
        """A devis is sent: its estimate is there at once (M43, M59)."""
        asked = data("care_to_come")["estimate"]
        camille = self._scene.member(CAMILLE)
        person = beneficiary_id(camille, asked["person"])
        body = {"beneficiary_id": person, "form": asked["form"], "lines": [_line(one) for one in asked["lines"]]}
        estimate = camille.call("POST", "/member/estimates", body, **{"Idempotency-Key": "demo-devis"})
        path = f"/member/requests/{estimate['request']['request_id']}/uploads"
        camille.send_papers(path, estimate["request"]["missing"])

    def _ask_commitments(self) -> None:
        """A hospital that is listed gets its commitment at once; another one waits for an agent (M65–M71)."""
        for asked in data("care_to_come")["commitments"]:
            visitor = self._scene.member(asked["by"])
            days = {name: str(days_before(-ahead)) for name, ahead in asked["days_ahead"].items()}
            body = {
                "beneficiary_id": beneficiary_id(visitor, asked["person"]),
                "stay": asked["stay"] | days,
                "hospital": asked["hospital"],
            }
            key = {"Idempotency-Key": f"demo-{asked['name']}"}
            visitor.call("POST", "/member/hospital-commitments", body, **key)


def _line(line: dict[str, Any]) -> dict[str, Any]:
    """A line of a form, dated from the present day of the story."""
    kept = {name: value for name, value in line.items() if name != "days_before"}
    return kept | {"care_on": str(days_before(line["days_before"]))}
