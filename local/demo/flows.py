"""What the mandatory scheme sends by itself: two files of télétransmission, parts of which agents must look at."""

import json
from typing import Any

from local.demo.scene import Event, Scene, data, days_before

SCHEME = "01351"


class Flows:
    """The files of the caisse, dropped in the intake bucket."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene

    def events(self) -> list[Event]:
        """One file a month ago, one this week."""
        return [(30, lambda: self._drop("first")), (4, lambda: self._drop("second"))]

    def _drop(self, name: str) -> None:
        """A file of lines; those about people of the portfolio bear their numbers (H139–H151)."""
        day = str(days_before(0))
        header = {"kind": "flow", "reference": f"FLUX-DEMO-{name.upper()}", "scheme": SCHEME, "issued_on": day}
        lines = [header, *(self._line(line) for line in data("flows")[name])]
        content = "\n".join(json.dumps(line, ensure_ascii=False) for line in lines)
        file = f"flux-{name}.jsonl"
        self._scene.stack.drop_file(file, content.encode())
        self._scene.stack.drain()
        self._scene.anybody.report(file)

    def _line(self, told: dict[str, Any]) -> dict[str, Any]:
        line = {name: value for name, value in told.items() if name != "days_before"}
        if isinstance(told["person"], str):
            line["person"] = self._person(told["person"])
        if "days_before" in told:
            line["on" if told.get("type") == "attachment" else "care_on"] = str(days_before(told["days_before"]))
        return line

    def _person(self, name: str) -> dict[str, str]:
        """An employee by their own number; one of theirs by that number and a birth date."""
        if name in self._scene.people:
            return {"nir": self._scene.people[name]["nir"]}
        for employee in self._scene.people.values():
            for person in employee.get("dependants", ()):
                if f"{person['first_name']} {person['last_name']}" == name:
                    return {"nir": employee["nir"], "birth_date": person["birth_date"]}
        raise LookupError(name)
