"""What bounds a guarantee over time: limits, the windows they remember, who shares them, and the counters they use."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from chalicelib.domain.acts import Site
from chalicelib.domain.money import Cents
from chalicelib.domain.periods import Period
from chalicelib.domain.record import Record


class Per(StrEnum):
    """What an amount or a number is counted by. Only ``year`` and ``stay`` do not follow the quantity of a line."""

    ACT = "act"
    SESSION = "session"
    DAY = "day"
    NIGHT = "night"
    EAR = "ear"
    EYE = "eye"
    TOOTH = "tooth"
    SEMESTER = "semester"
    BOX = "box"
    EQUIPMENT = "equipment"
    STAY = "stay"
    YEAR = "year"

    @property
    def follows_quantity(self) -> bool:
        """Whether two units earn twice the amount.

        >>> Per.NIGHT.follows_quantity, Per.YEAR.follows_quantity
        (True, False)
        """
        return self not in (Per.YEAR, Per.STAY)


class Window(StrEnum):
    """How long the counter of a clause remembers."""

    ACT = "act"
    DAY = "day"
    CIVIL_YEAR = "civil_year"
    INSURANCE_YEAR = "insurance_year"


class Span(StrEnum):
    """How long a limit remembers. A rolling span opens with an act and closes a number of months later."""

    ACT = "act"
    DAY = "day"
    PRESCRIPTION = "prescription"
    STAY = "stay"
    CIVIL_YEAR = "civil_year"
    INSURANCE_YEAR = "insurance_year"
    ROLLING = "rolling"
    LIFETIME = "lifetime"


class Scope(StrEnum):
    """Who shares a counter."""

    BENEFICIARY = "beneficiary"
    FAMILY = "family"
    CONTRACT = "contract"


@dataclass(frozen=True, slots=True)
class Counter:
    """What a clause counts by, and for whom."""

    window: Window = Window.CIVIL_YEAR
    scope: Scope = Scope.BENEFICIARY


@dataclass(frozen=True, slots=True)
class CounterKey:
    """Which counter a line uses. The caller knows the contract and adds the holder that ``scope`` asks for.

    ``mark`` tells the counters of a clause's limits apart: their span, and the ear, tooth, stay or prescription.

    >>> from datetime import date
    >>> from chalicelib.domain.periods import civil_year
    >>> str(CounterKey("osteopathie", Scope.BENEFICIARY, civil_year(date(2026, 3, 1))))
    'osteopathie/beneficiary/2026-01-01'
    """

    clause_id: str
    scope: Scope
    window: Period
    mark: str = ""

    def __str__(self) -> str:
        written = f"{self.clause_id}/{self.scope}/{self.window.start.isoformat()}"
        return f"{written}/{self.mark}" if self.mark else written


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """One limit of a guarantee over a span: an amount (in cents or in percent of the PMSS), a number of units, or both.

    ``months`` is the length of a rolling span; ``site`` gives each ear, eye or tooth its own counter.

    >>> Limit(span=Span.ROLLING, months=48, max_count=1, site=Site.EAR).mark
    'rolling-48'
    """

    span: Span = Span.CIVIL_YEAR
    amount_cents: Cents | None = None
    percent_of_pmss: Decimal | None = None
    max_count: int | None = None
    months: int | None = None
    scope: Scope = Scope.BENEFICIARY
    site: Site | None = None

    @property
    def mark(self) -> str:
        """The name of the span in a counter's key."""
        return f"{self.span}-{self.months}" if self.span is Span.ROLLING else str(self.span)


_LIMIT_FIELDS = ("span", "amount_cents", "percent_of_pmss", "max_count", "months", "scope", "site")


def read_limit(record: Record) -> Limit:
    """The limit of a JSON object; faults are noted in the record, which the caller checks.

    >>> read_limit(Record({"span": "lifetime", "amount_cents": 90000}, place="limit")).span
    <Span.LIFETIME: 'lifetime'>
    """
    record.only(_LIMIT_FIELDS)
    limit = Limit(
        span=record.choice("span", Span, default=Span.CIVIL_YEAR),
        amount_cents=record.whole_or_none("amount_cents"),
        percent_of_pmss=record.percent_or_none("percent_of_pmss"),
        max_count=record.whole_or_none("max_count", least=1, most=10_000),
        months=record.whole_or_none("months", least=1, most=600),
        scope=record.choice("scope", Scope, default=Scope.BENEFICIARY),
        site=record.choice_or_none("site", Site),
    )
    amounts = [limit.amount_cents, limit.percent_of_pmss]
    if amounts == [None, None] and limit.max_count is None:
        record.fault("", "Une limite donne un montant (amount_cents ou percent_of_pmss) ou un nombre (max_count).")
    if None not in amounts:
        record.fault("percent_of_pmss", "Un seul montant est attendu\u00a0: en centimes ou en pourcentage du PMSS.")
    if (limit.months is not None) is not (limit.span is Span.ROLLING):
        record.fault("months", "Une période glissante (rolling) a un nombre de mois, et elle seule.")
    if limit.span is Span.ROLLING and limit.scope is not Scope.BENEFICIARY:
        record.fault("scope", "Une période glissante se compte par bénéficiaire.")
    return limit


def limit_to_data(limit: Limit) -> dict[str, object]:
    """The JSON object that ``read_limit`` reads back as an equal limit.

    >>> limit_to_data(Limit(max_count=3))
    {'span': 'civil_year', 'max_count': 3, 'scope': 'beneficiary'}
    """
    data: dict[str, object] = {}
    for name in _LIMIT_FIELDS:
        value = getattr(limit, name)
        if value is not None:
            data[name] = str(value) if isinstance(value, Decimal | StrEnum) else value
    return data
