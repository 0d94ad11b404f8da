"""The facts of one stoppage that decide what is paid: what it is, its days, what the person earned and still earns."""

from dataclasses import dataclass
from datetime import date

from chalicelib.domain.money import Cents
from chalicelib.domain.periods import Period
from chalicelib.domain.work_stoppage.kinds import StoppageKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Earnings:
    """What the person earned before the stoppage. Units: cents.

    ``months_cents`` are the gross wages of the three civil months before it, oldest first, or of the twelve months
    before it for seasonal or discontinuous work. ``reference_gross_cents`` and ``reference_net_cents`` are the pay of
    the twelve months before it, bonuses included.
    """

    months_cents: tuple[Cents, ...]
    reference_gross_cents: Cents
    reference_net_cents: Cents

    def __post_init__(self) -> None:
        """Errors: ``ValueError`` when there are neither three nor twelve months."""
        if len(self.months_cents) not in (3, 12):
            raise ValueError("wages are those of three months, or of twelve for seasonal work")

    @property
    def seasonal(self) -> bool:
        """Whether the wages are those of twelve months."""
        return len(self.months_cents) == 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Stated:
    """A daily amount that a document states for some days: it is taken instead of the computed one. Units: cents."""

    period: Period
    daily_cents: Cents


@dataclass(frozen=True, slots=True, kw_only=True)
class PartTime:
    """A return for part of the time: its first day, and the monthly pay that goes on. Units: cents."""

    starts_on: date
    gross_month_cents: Cents
    net_month_cents: Cents


@dataclass(frozen=True, slots=True, kw_only=True)
class Stoppage:
    """One stoppage, its prolongations included.

    ``period`` is half-open and may have no end yet. ``accident_on`` is the day of an accident at work, which the
    employer pays. ``waiting_served`` says that the statutory waiting days were borne already (same long illness within
    three years). ``allowances_already_paid`` counts those of the three years before, ``maintained_days_already`` the
    days of maintained pay of the twelve months before. ``earlier`` are the person's past stoppages. ``statutory`` and
    ``employer`` hold what statements and payslips say; ``other_daily_cents`` is what any other insurer pays each day.
    """

    kind: StoppageKind
    period: Period
    earnings: Earnings
    hired_on: date
    accident_on: date | None = None
    hospitalised: bool = False
    waiting_served: bool = False
    allowances_already_paid: int = 0
    maintained_days_already: int = 0
    earlier: tuple[Period, ...] = ()
    statutory: tuple[Stated, ...] = ()
    employer: tuple[Stated, ...] = ()
    other_daily_cents: Cents = 0
    part_time: PartTime | None = None

    @property
    def starts_on(self) -> date:
        """The first day off work: the day whose law is applied throughout."""
        return self.period.start

    def part_time_on(self, day: date) -> PartTime | None:
        """The part-time return, from its first day on."""
        return self.part_time if self.part_time and self.part_time.starts_on <= day else None


def stated_on(day: date, stated: tuple[Stated, ...]) -> Cents | None:
    """What a document states for a day, or nothing; of two that do, the later in the list holds.

    >>> january = Period(date(2026, 1, 1), date(2026, 2, 1))
    >>> stated_on(date(2026, 1, 31), (Stated(period=january, daily_cents=4147),))
    4147
    """
    return next((one.daily_cents for one in reversed(stated) if one.period.holds(day)), None)


def days_of(period: Period) -> int:
    """How many days a closed period counts. Errors: ``ValueError`` when it is open.

    >>> days_of(Period(date(2026, 2, 1), date(2026, 3, 1)))
    28
    """
    if period.end is None:
        raise ValueError("an open period has no number of days")
    return max(0, (period.end - period.start).days)
