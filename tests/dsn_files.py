"""DSN files made up for tests: every value in them is ours, none comes from anybody's payroll."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

ORGANISM = "P0000"
SIREN = "732829320"
NIC = "00074"

Pair = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Base:
    """One base of somebody under one adhesion: days, components by type, contributions with their rate."""

    start: str = "01032026"
    end: str = "31032026"
    components: Sequence[Pair] = (("11", "3000.00"),)
    contributions: Sequence[tuple[str, str | None]] = (("45.00", "1.50"),)
    code: str = "31"


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody in the file; ``left_on`` is JJMMAAAA."""

    nir: str = "1850578006084"
    last_name: str = "MARTIN"
    first_name: str = "Léa"
    born: str = "15051985"
    matricule: str = "A7"
    adhesion: str = "1"
    option: str = ""
    population: str = "ENS"
    starts: str = ""
    ends: str = ""
    bases: Sequence[Base] = (Base(),)
    left_on: str = ""
    extra: Sequence[Pair] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Adhesion:
    """One adhesion of the establishment."""

    reference: str
    organism: str = ORGANISM
    delegate: str = ""
    identifier: str = "1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Dsn:
    """One monthly declaration; ``total`` replaces the right number of rubriques, ``None`` leaves the total out."""

    adhesions: Sequence[Adhesion]
    people: Sequence[Person] = ()
    siren: str = SIREN
    nic: str = NIC
    month: str = "01032026"
    nature: str = "01"
    kind: str = "01"
    sending: str = "02"
    norm: str = "P26V01"
    payments: Sequence[tuple[str, Sequence[Pair]]] = ()
    extra: Sequence[Pair] = ()
    total: str | None = "right"
    fraction: str = field(default="11")

    def lines(self) -> list[Pair]:
        """The rubriques of the file, in the order of the norm."""
        found: list[Pair] = [
            ("S10.G00.00.001", "Paie d’essai"),
            ("S10.G00.00.005", self.sending),
            ("S10.G00.00.006", self.norm),
            ("S10.G00.01.001", self.siren),
            ("S20.G00.05.001", self.nature),
            ("S20.G00.05.002", self.kind),
            ("S20.G00.05.003", self.fraction),
            ("S20.G00.05.005", self.month),
            ("S21.G00.06.001", self.siren),
            ("S21.G00.11.001", self.nic),
        ]
        for one in self.adhesions:
            found += [
                ("S21.G00.15.001", one.reference),
                ("S21.G00.15.002", one.organism),
                *_given("S21.G00.15.003", one.delegate),
                *_given("S21.G00.15.005", one.identifier),
            ]
        for amount, shares in self.payments:
            found += [("S21.G00.20.001", ORGANISM), ("S21.G00.20.005", amount)]
            for share, period in shares:
                found += [("S21.G00.55.001", share), ("S21.G00.55.004", period)]
        found += self.extra
        for person in self.people:
            found += _person(person)
        return found

    def text(self) -> str:
        """The whole file."""
        lines = self.lines()
        if self.total is not None:
            total = str(len(lines) + 2) if self.total == "right" else self.total
            lines = [*lines, ("S90.G00.90.001", total), ("S90.G00.90.002", "1")]
        return "".join(f"{code},'{value}'\r\n" for code, value in lines)

    def content(self, encoding: str = "latin-1") -> bytes:
        """The bytes of the file."""
        return self.text().replace("’", "'").encode(encoding)


def pieces(content: bytes, length: int = 4096) -> Iterable[bytes]:
    """A content in pieces."""
    return [content[start : start + length] for start in range(0, len(content), length)]


def _given(code: str, value: str) -> list[Pair]:
    return [(code, value)] if value else []


def _person(person: Person) -> list[Pair]:
    found: list[Pair] = [
        ("S21.G00.30.001", person.nir),
        ("S21.G00.30.002", person.last_name),
        ("S21.G00.30.004", person.first_name),
        ("S21.G00.30.006", person.born),
        ("S21.G00.30.008", "12 RUE DES CANARIS"),
        *_given("S21.G00.30.019", person.matricule),
        ("S21.G00.40.001", "01012020"),
        *_given("S21.G00.62.001", person.left_on),
        *_given("S21.G00.70.004", person.option),
        ("S21.G00.70.005", person.population),
        ("S21.G00.70.012", f"A{person.adhesion}"),
        ("S21.G00.70.013", person.adhesion),
        *_given("S21.G00.70.014", person.starts),
        *_given("S21.G00.70.015", person.ends),
        *person.extra,
        ("S21.G00.50.001", "31032026"),
        ("S21.G00.51.013", "9876.54"),
    ]
    for base in person.bases:
        found += [
            ("S21.G00.78.001", base.code),
            ("S21.G00.78.002", base.start),
            ("S21.G00.78.003", base.end),
            ("S21.G00.78.005", f"A{person.adhesion}"),
        ]
        for code, amount in base.components:
            found += [("S21.G00.79.001", code), ("S21.G00.79.004", amount)]
        for amount, rate in base.contributions:
            found += [("S21.G00.81.001", "059"), ("S21.G00.81.004", amount)]
            found += _given("S21.G00.81.007", rate or "")
    return found
