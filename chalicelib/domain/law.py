"""The legal numbers: dated rows in ``parameters/*.toml``, looked up by the day they are needed for.

No figure of law stands in code. A row says what it is worth, from which day, in which unit, by which source, how sure
we are of it and when that was checked; a day that no row covers is an error, never a guess.
"""

import tomllib
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cache, lru_cache
from importlib.resources import files

from chalicelib.domain.errors import NoParameterFor


@dataclass(frozen=True, slots=True)
class Parameter:
    """One dated row: ``value`` holds from ``valid_from`` until ``valid_to``, both included (open ends are ``None``).

    ``version`` is what a decision records to say which row it used.

    >>> parameter("pf.amount", on=date(2025, 1, 1)).version
    'pf.amount@2024-05-15'
    """

    key: str
    value: Decimal
    unit: str
    valid_from: date | None
    valid_to: date | None
    source: str
    confidence: str
    checked_on: date
    version: str = field(init=False, repr=False, compare=False)
    _cents: int | None = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Write what a decision records to say which row it used: the key and its first day; and its amount."""
        first_day = self.valid_from.isoformat() if self.valid_from else "origin"
        object.__setattr__(self, "version", f"{self.key}@{first_day}")
        object.__setattr__(self, "_cents", int(self.value) if self.unit == "cents" else None)

    @property
    def cents(self) -> int:
        """The value of a row whose unit is ``cents``, as an int."""
        if self._cents is None:
            raise TypeError(f"{self.key} is in {self.unit}, not in cents")
        return self._cents

    def covers(self, day: date) -> bool:
        """Whether the row is in force on a day."""
        return (self.valid_from is None or self.valid_from <= day) and (self.valid_to is None or day <= self.valid_to)


@cache
def all_parameters() -> dict[str, tuple[Parameter, ...]]:
    """Every row by key, oldest first, read once from the parameter files."""
    rows: dict[str, list[Parameter]] = {}
    for file in sorted(files("chalicelib.domain").joinpath("parameters").iterdir(), key=lambda entry: entry.name):
        if not file.name.endswith(".toml"):
            continue
        document = tomllib.loads(file.read_text(encoding="utf-8"), parse_float=Decimal)
        for key, entry in document.items():
            for row in entry["rows"]:
                rows.setdefault(key, []).append(
                    Parameter(
                        key=key,
                        value=Decimal(row["value"]),
                        unit=entry["unit"],
                        valid_from=row.get("from"),
                        valid_to=row.get("to"),
                        source=row["source"],
                        confidence=row["confidence"],
                        checked_on=row["checked"],
                    )
                )
    return {key: tuple(sorted(found, key=lambda row: row.valid_from or date.min)) for key, found in rows.items()}


def parameter(key: str, *, on: date) -> Parameter:
    """The row of a legal number in force on a day.

    Errors: ``NoParameterFor`` when the key is unknown or no row covers the day.

    >>> parameter("account.delay", on=date(2026, 1, 1)).value
    Decimal('72')
    """
    return _in_force(key, on)


@lru_cache(maxsize=10_000)
def _in_force(key: str, day: date) -> Parameter:
    for row in all_parameters().get(key, ()):
        if row.covers(day):
            return row
    raise NoParameterFor(key=key, on=day)
