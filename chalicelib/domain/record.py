"""Reading raw JSON with faults that name the place: every fault of a document is found before any is raised."""

import re
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import TypeVar

from chalicelib.domain.errors import FieldError, FieldErrors

Choice = TypeVar("Choice", bound=StrEnum)
Neutral = TypeVar("Neutral")

MOST_CENTS = 10**10
_PERCENT = re.compile(r"\d{1,5}(\.\d{1,6})?")
_DECIMAL = re.compile(r"\d{1,15}(\.\d{1,9})?")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


class Record:
    """One JSON object being read at a place of a document.

    A reading method returns a neutral value after noting a fault; ``check`` raises them all, so that no neutral value
    is ever used.

    >>> Record({"quantity": 2}, place="care").whole("quantity")
    2
    """

    def __init__(self, data: object, *, place: str, faults: list[FieldError] | None = None) -> None:
        self.place = place
        self.faults: list[FieldError] = [] if faults is None else faults
        self._data: Mapping[object, object] = data if isinstance(data, dict) else {}
        if not isinstance(data, dict):
            self.fault("", "Un objet JSON est attendu ici.")

    def at(self, name: str) -> str:
        """The full place of a field, such as ``cases[4].care.expense_cents``."""
        return f"{self.place}.{name}" if name else self.place

    def fault(self, name: str, sentence: str, code: str = "invalid") -> None:
        """Note that a field is not acceptable."""
        self.faults.append(FieldError(self.at(name), sentence, code))

    def missing(self, name: str) -> None:
        """Note that a field has no value."""
        self.fault(name, "Ce champ est obligatoire.", "missing")

    def check(self) -> None:
        """Errors: ``FieldErrors`` with every fault noted so far, here and in the records read from here."""
        if self.faults:
            raise FieldErrors(*self.faults)

    def has(self, name: str) -> bool:
        """Whether a field is there with a value; ``null`` counts as absent."""
        return self._data.get(name) is not None

    def only(self, names: Iterable[str]) -> None:
        """Note every field that is not one of these names."""
        for name in sorted(str(key) for key in self._data.keys() - set(names)):
            self.fault(name, "Ce champ n’est pas prévu ici.")

    def text(self, name: str, *, default: str | None = None, longest: int = 400) -> str:
        """A text, not empty; required unless it has a default."""
        value = self._value(name, default)
        if isinstance(value, str) and (value == default or 0 < len(value) <= longest):
            return value
        return self._refuse(name, f"Indiquez un texte de 1 à {longest} caractères.", "")

    def whole(self, name: str, *, default: int | None = None, least: int = 0, most: int = MOST_CENTS) -> int:
        """A whole number between two bounds, both included; required unless it has a default."""
        value = self._value(name, default)
        if type(value) is int and least <= value <= most:
            return value
        return self._refuse(name, f"Indiquez un nombre entier compris entre {least} et {most}.", 0)

    def cents(self, name: str) -> int:
        """An amount in cents, not negative; required."""
        value = self._value(name, None)
        if type(value) is int and 0 <= value <= MOST_CENTS:
            return value
        return self._refuse(name, "Indiquez un montant positif, en centimes.", 0)

    def whole_or_none(self, name: str, *, least: int = 0, most: int = MOST_CENTS) -> int | None:
        """A whole number, or nothing where the field is absent."""
        return self.whole(name, least=least, most=most) if self.has(name) else None

    def percent(self, name: str, *, most: int = 10_000) -> Decimal:
        """A percentage, written as a text or a number, between 0 and ``most``; required."""
        value = self._value(name, None)
        written = str(value) if isinstance(value, str | int | Decimal) and not isinstance(value, bool) else ""
        if _PERCENT.fullmatch(written) and Decimal(written) <= most:
            return Decimal(written)
        return self._refuse(name, f"Un pourcentage compris entre 0 et {most} est attendu, avec un point.", Decimal(0))

    def decimal(self, name: str) -> Decimal:
        """A decimal number, not negative, written as a text; required."""
        value = self._value(name, None)
        if isinstance(value, str) and _DECIMAL.fullmatch(value):
            return Decimal(value)
        return self._refuse(name, "Un nombre décimal, écrit avec un point, est attendu.", Decimal(0))

    def percent_or_none(self, name: str, *, most: int = 10_000) -> Decimal | None:
        """A percentage, or nothing where the field is absent."""
        return self.percent(name, most=most) if self.has(name) else None

    def day(self, name: str) -> date:
        """A day written as AAAA-MM-JJ; required."""
        value = self._value(name, None)
        if isinstance(value, str) and _DAY.fullmatch(value):
            try:
                return date.fromisoformat(value)
            except ValueError:
                pass
        return self._refuse(name, "Indiquez une date qui existe, au format AAAA-MM-JJ.", date.min)

    def day_or_none(self, name: str) -> date | None:
        """A day, or nothing where the field is absent."""
        return self.day(name) if self.has(name) else None

    def flag(self, name: str, *, default: bool) -> bool:
        """True or false."""
        value = self._value(name, default)
        if isinstance(value, bool):
            return value
        return self._refuse(name, "Répondez par oui (true) ou non (false).", False)

    def flag_or_none(self, name: str) -> bool | None:
        """True, false, or nothing where the field is absent."""
        return self.flag(name, default=False) if self.has(name) else None

    def choice(self, name: str, kind: type[Choice], *, default: Choice | None = None) -> Choice:
        """One of the words of an enumeration; required unless it has a default."""
        value = self._value(name, default)
        known = {str(word): word for word in kind}
        if isinstance(value, str) and value in known:
            return known[value]
        return self._refuse(name, f"Un de ces mots est attendu : {', '.join(known)}.", next(iter(kind)))

    def choice_or_none(self, name: str, kind: type[Choice]) -> Choice | None:
        """One of the words of an enumeration, or nothing where the field is absent."""
        return self.choice(name, kind) if self.has(name) else None

    def texts(self, name: str) -> tuple[str, ...]:
        """A list of texts; an absent field is an empty list."""
        values = self._list(name)
        if all(isinstance(value, str) and value for value in values):
            return tuple(str(value) for value in values)
        return self._refuse(name, "Une liste de textes est attendue.", ())

    def choices(self, name: str, kind: type[Choice]) -> tuple[Choice, ...]:
        """A list of words of an enumeration; an absent field is an empty list."""
        known = {str(word): word for word in kind}
        words = self.texts(name)
        if all(word in known for word in words):
            return tuple(known[word] for word in words)
        return self._refuse(name, f"Seuls ces mots sont attendus : {', '.join(known)}.", ())

    def record(self, name: str) -> "Record":
        """A JSON object inside this one; an absent field is an empty object."""
        return Record(self._data.get(name) if self.has(name) else {}, place=self.at(name), faults=self.faults)

    def records(self, name: str) -> list["Record"]:
        """A list of JSON objects; an absent field is an empty list."""
        return [
            Record(value, place=f"{self.at(name)}[{index}]", faults=self.faults)
            for index, value in enumerate(self._list(name))
        ]

    def raw(self, name: str) -> Mapping[str, object]:
        """A JSON object as it stands, for a reader of its own; an absent field is an empty object."""
        value = self._data.get(name) if self.has(name) else {}
        if isinstance(value, dict):
            return {str(key): entry for key, entry in value.items()}
        return self._refuse(name, "Un objet JSON est attendu ici.", {})

    def raws(self, name: str) -> list[Mapping[str, object]]:
        """A list of JSON objects as they stand; an absent field is an empty list."""
        return [
            {str(key): entry for key, entry in value.items()} for value in self._list(name) if isinstance(value, dict)
        ]

    def _list(self, name: str) -> list[object]:
        value = self._data.get(name) if self.has(name) else []
        return value if isinstance(value, list) else self._refuse(name, "Une liste est attendue.", [])

    def _value(self, name: str, default: object) -> object:
        return self._data[name] if self.has(name) else default

    def _refuse(self, name: str, sentence: str, neutral: Neutral) -> Neutral:
        if self.has(name):
            self.fault(name, sentence)
        else:
            self.missing(name)
        return neutral
