"""What every chapter of the story needs: the stack, who is signed in today, and what the files answered."""

import json
from collections.abc import Callable
from datetime import date, timedelta
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from chalicelib import clock
from local.demo.sign_ins import SignIn, agent, employer, member
from local.demo.visitor import Visitor

if TYPE_CHECKING:
    from local.stack import Stack

Event = tuple[int, Callable[[], None]]
"""Something that happens: how many days ago, and what."""


class Scene:
    """One stack while the story is lived; each chapter holds it."""

    def __init__(self, stack: "Stack") -> None:
        self.stack = stack
        self.anybody = Visitor(stack)
        self.companies: dict[str, dict[str, Any]] = {}
        self.people: dict[str, dict[str, Any]] = {}
        self._visits: dict[str, Visitor] = {}
        self._paths: dict[str, str] = {}

    def hr(self, email: str) -> Visitor:
        """Somebody in their espace RH."""
        return self._visit(employer(email))

    def member(self, email: str) -> Visitor:
        """Somebody in their espace personnel."""
        return self._visit(member(email))

    def agent(self, email: str) -> Visitor:
        """An agent at work."""
        return self._visit(agent(email))

    def _visit(self, who: SignIn) -> Visitor:
        """Somebody in their space: they sign in once a day, which costs an argon2 hash."""
        if who.identifier not in self._visits:
            self._visits[who.identifier] = self.anybody.signed_in(who)
        return self._visits[who.identifier]

    def company(self, email: str, name: str) -> str:
        """Where somebody in the espace RH finds one of their companies."""
        if name not in self._paths:
            for one in self.hr(email).call("GET", "/employer/companies")["companies"]:
                self._paths[one["name"]] = f"/employer/companies/{one['company_id']}"
        return self._paths[name]

    def end_of_day(self) -> None:
        """Everything that was begun comes to rest, and everybody goes home."""
        self.stack.drain()
        self._visits.clear()

    def night(self, *schedules: str) -> None:
        """The tasks of a night, one after the other, each with what follows from it."""
        for name in schedules:
            self.stack.run_schedule(name)
            self.stack.drain()


def contract_id(hr: Visitor, company: str, risk: str) -> str:
    """The contract of a company for a risk."""
    listed = hr.call("GET", f"{company}/contracts")["contracts"]
    return next(str(one["contract_id"]) for one in listed if one["risk"] == risk)


def employee_path(hr: Visitor, company: str, name: str) -> str:
    """Where somebody in the espace RH finds one of their employees."""
    listed = hr.call("GET", f"{company}/employees")["employees"]
    return f"{company}/employees/" + next(str(one["member_id"]) for one in listed if one["name"] == name)


def beneficiary_id(member: Visitor, first_name: str) -> str:
    """A person whom a member's contract covers."""
    covered = member.call("GET", "/member")["beneficiaries"]
    return next(str(one["beneficiary_id"]) for one in covered if one["first_name"] == first_name)


def days_before(count: int) -> date:
    """A day some days before the present one of the story; a negative count is a day to come."""
    return clock.today() - timedelta(days=count)


def data(name: str) -> Any:
    """One of the files of the portfolio."""
    return json.loads(files("local.demo").joinpath("portfolio", f"{name}.json").read_text("utf-8"))
