"""What was received and paid on a work stoppage's file, as an agent records it from statements and orders."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from chalicelib.domain.errors import FieldError, FieldErrors
from chalicelib.domain.money import Cents, in_euros, round_half_up
from chalicelib.domain.periods import Period, day_after
from chalicelib.domain.work_stoppage.complement import Indemnity
from chalicelib.domain.work_stoppage.stoppage import Stated, days_of


class PaymentKind(StrEnum):
    """Daily allowances of the mandatory scheme that a statement shows, or a complement that the insurer paid."""

    ALLOWANCES = "ijss"
    COMPLEMENT = "complement"


@dataclass(frozen=True, slots=True, kw_only=True)
class StoppagePayment:
    """One amount for some days of a stoppage, the first and the last included. Units: cents."""

    payment_id: str
    kind: PaymentKind
    first_day: date
    last_day: date
    amount_cents: Cents
    paid_on: date
    recorded_at: datetime
    recorded_by: str

    @property
    def period(self) -> Period:
        """The days it is for."""
        return Period(self.first_day, day_after(self.last_day))

    def meets(self, other: "StoppagePayment") -> bool:
        """Whether another one of its kind is for some of the same days.

        >>> from datetime import UTC
        >>> def paid(first, last):
        ...     return StoppagePayment(payment_id="1", kind=PaymentKind.ALLOWANCES, amount_cents=9000,
        ...         first_day=date(2026, 3, first), last_day=date(2026, 3, last), paid_on=date(2026, 3, 31),
        ...         recorded_at=datetime(2026, 4, 1, tzinfo=UTC), recorded_by="a")
        >>> paid(1, 10).meets(paid(10, 20)), paid(1, 9).meets(paid(10, 20)), paid(1, 9).stated.daily_cents
        (True, False, 1000)
        """
        return self.kind is other.kind and self.first_day <= other.last_day and other.first_day <= self.last_day

    def check_against(self, due: Indemnity) -> None:
        """Refuse a complement that begins in the franchise, or is more than the stoppage's estimate gives for its days.

        Errors: ``FieldErrors`` on ``first_day`` and ``amount_cents``.
        """
        faults = []
        first, most = due.first_paid_on, due.complement_over(self.period)
        if first is None:
            sentence = "Tous les jours de cet arrêt font partie de la franchise du contrat."
            faults.append(FieldError("first_day", sentence, "in_franchise"))
        elif self.first_day < first:
            sentence = f"Ces jours font partie de la franchise\u00a0: le contrat paie à partir du {first:%d/%m/%Y}."
            faults.append(FieldError("first_day", sentence, "in_franchise"))
        if self.amount_cents > most:
            sentence = f"D’après l’estimation du dossier, le complément de ces jours est au plus de {in_euros(most)}."
            faults.append(FieldError("amount_cents", sentence, "over_estimate"))
        if faults:
            raise FieldErrors(*faults)

    @property
    def stated(self) -> Stated:
        """The daily amount that it states, to the nearest cent."""
        daily = round_half_up(Decimal(self.amount_cents) / days_of(self.period))
        return Stated(period=self.period, daily_cents=daily)
