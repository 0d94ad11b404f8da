"""Contributions: called, paid by transfer or by debit, one debit given back, one statement unpaid, pay not declared."""

from typing import Any

from chalicelib import clock
from local import bank
from local.bank import Movement
from local.demo.cast import AGENCEMENT, KERBRAT, MENUISERIE, SCIERIE
from local.demo.openings import SUBSCRIBED, first_called
from local.demo.past import bank_days
from local.demo.scene import Event, Scene, contract_id, days_before

PAY_CENTS = {"Camille Riou": 438000, "Hervé Tanguy": 412000}
PAY_DECLARED = 41
CALLED = (39, 2)
DUNNED = (19, 9)
HEALTH = "SANTE-KERBRAT"


class Contributions:
    """What is called of the two companies, and how they pay.

    The first calls are due a fortnight later: the Menuiserie and its subsidiaries pay their santé by transfer, and
    forget their prévoyance; the Boulangeries are debited, then have the bank give the latest debit back.
    """

    def __init__(self, scene: Scene) -> None:
        self._scene = scene

    def events(self) -> list[Event]:
        """Everything about contributions, in any order."""
        night = self._scene.night
        return [
            (PAY_DECLARED, self._declare_pay),
            *((ago, lambda: night("call-contributions")) for ago in CALLED),
            (34, self._pay_by_transfer),
            *((ago, lambda: night("contribution-debits")) for ago in bank_days(32, 26)),
            (20, self._let_bank_execute),
            *((ago, lambda: night("follow-contributions")) for ago in DUNNED),
            (5, self._give_debit_back),
            (2, self._pay_without_reference),
        ]

    def _declare_pay(self) -> None:
        """The pay of the months that are over; that of the following ones is still awaited."""
        hr = self._scene.hr(KERBRAT)
        company = self._scene.company(KERBRAT, MENUISERIE)
        contract = contract_id(hr, company, "prevoyance")
        last = f"{first_called(days_before(SUBSCRIBED - PAY_DECLARED)):%Y-%m}"
        months = [one["month"] for one in hr.call("GET", f"{company}/salaries")["months"] if one["month"] <= last]
        salaries = f"{company}/contracts/{contract}/salaries"
        people = hr.call("GET", f"{salaries}/{last}")["people"]
        amounts = [{"member_id": one["member_id"], "pay_cents": PAY_CENTS[one["name"]]} for one in people]
        for month in months:
            hr.call("PUT", f"{salaries}/{month}", {"amounts": amounts})

    def _pay_by_transfer(self) -> None:
        """Each company of the group pays its santé with the reference that its statement bears."""
        hr = self._scene.hr(KERBRAT)
        movements = []
        for name in (MENUISERIE, AGENCEMENT, SCIERIE):
            company = self._scene.company(KERBRAT, name)
            for one in self._listed(company):
                if one["contract_number"] == HEALTH:
                    statement = hr.call("GET", f"{company}/contributions/{one['number']}")
                    movements.append(_transfer(one, payer=name, reference=statement["reference"]))
        self._tell("virements", movements)

    def _pay_without_reference(self) -> None:
        """A subsidiary pays twice, the second time without any reference: an agent finds out what for."""
        company = self._scene.company(KERBRAT, AGENCEMENT)
        paid = [one for one in self._listed(company) if one["state"] == "PAID"][:1]
        text = "COTISATION SANTE KERBRAT AGENCEMENT"
        self._tell("virement-sans-reference", [_transfer(one, payer=AGENCEMENT, text=text) for one in paid])

    def _let_bank_execute(self) -> None:
        bank.answer_all(at=clock.now())
        self._scene.stack.drain()

    def _give_debit_back(self) -> None:
        """The Boulangeries have their bank refund the latest debit, as any debtor may within eight weeks."""
        files = [file for name, file in bank.files().items() if name.startswith("PRL-")]
        debits = sorted((one for file in files for one in bank.ordered(file)), key=lambda one: one.text)
        movements = [
            Movement(
                amount_cents=one.amount_cents,
                credit=False,
                on=clock.today(),
                servicer_reference=f"R-{one.end_to_end_id}",
                end_to_end_id=one.end_to_end_id,
                returned="MD06",
            )
            for one in debits[-1:]
        ]
        self._tell("prelevement-rembourse", movements)

    def _listed(self, company: str) -> list[dict[str, Any]]:
        """The contributions of a company of the group, newest first."""
        found: list[dict[str, Any]] = self._scene.hr(KERBRAT).call("GET", f"{company}/contributions")["contributions"]
        return found

    def _tell(self, name: str, movements: list[Movement]) -> None:
        bank.leave(name, bank.notification(name, movements, at=clock.now()))
        self._scene.stack.drain()


def _transfer(contribution: dict[str, Any], *, payer: str, reference: str = "", text: str = "") -> Movement:
    return Movement(
        amount_cents=contribution["called_cents"],
        credit=True,
        on=clock.today(),
        servicer_reference=f"V-{contribution['number']}{'-2' if text else ''}",
        payer=payer,
        reference=reference,
        text=text,
    )
