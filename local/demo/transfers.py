"""Reimbursements on their way to the bank: two files of transfers, both executed; one transfer comes back."""

from chalicelib import clock
from local import bank
from local.bank import Movement
from local.demo.past import bank_days
from local.demo.scene import Event, Scene

PAID_BACK = "Patrick Salles"
"""Whose account is closed, as a bank writes the name."""


class Transfers:
    """What becomes of payment orders."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene

    def events(self) -> list[Event]:
        """Each file leaves on a bank day; the bank executes it, and later says what came back."""
        return [
            *((ago, self._send) for ago in bank_days(37, 33)[:1]),
            (32, self._let_bank_execute),
            *((ago, self._send) for ago in bank_days(17, 13)[:1]),
            (12, self._let_bank_execute),
            (11, self._give_transfer_back),
        ]

    def _send(self) -> None:
        self._scene.night("payment-batches")

    def _let_bank_execute(self) -> None:
        bank.answer_all(at=clock.now())
        self._scene.stack.drain()

    def _give_transfer_back(self) -> None:
        """Patrick's account is closed: he is asked for another one, and an agent sees what waits for it (M85)."""
        files = [file for name, file in bank.files().items() if name.startswith("VIR-")]
        back = [
            Movement(
                amount_cents=one.amount_cents,
                credit=True,
                on=clock.today(),
                servicer_reference=f"R-{one.end_to_end_id}",
                end_to_end_id=one.end_to_end_id,
                returned="AC04",
            )
            for file in files
            for one in bank.ordered(file)
            if one.party == PAID_BACK
        ]
        bank.leave("virement-revenu", bank.notification("virement-revenu", back, at=clock.now()))
        self._scene.stack.drain()
