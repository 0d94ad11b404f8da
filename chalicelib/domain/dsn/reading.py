"""What is kept of a DSN: our adhesions, what is paid to us, and of each person what bears on our contracts.

Everything else is dropped as it is read: a block of another insurer, a person's address, pay slip or stoppage never
reaches an object of this module. Who a person is serves to find them among the insured, and is kept no longer than
that: nothing of it is written anywhere.

Source: NEODeS, order of the blocks of a monthly declaration (dossier 8.3).
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal, InvalidOperation

from chalicelib.domain.dsn.lines import Rubrique, rubriques
from chalicelib.domain.dsn_sheet import BASE, CONTRIBUTION
from chalicelib.domain.money import Cents, round_half_up

SENDING = "S10.G00.00"
DECLARATION = "S20.G00.05"
COMPANY = "S21.G00.06"
ESTABLISHMENT = "S21.G00.11"
ADHESION = "S21.G00.15"
PAYMENT = "S21.G00.20"
SHARE = "S21.G00.55"
PERSON = "S21.G00.30"
EMPLOYMENT = "S21.G00.40"
END_OF_EMPLOYMENT = "S21.G00.62"
AFFILIATION = "S21.G00.70"
SUBJECT = "S21.G00.78"
COMPONENT = "S21.G00.79"
CONTRIBUTED = "S21.G00.81"
TOTAL = "S90.G00.90"

KEPT: Mapping[str, tuple[str, ...]] = {
    SENDING: ("005", "006"),
    DECLARATION: ("001", "002", "003", "005"),
    COMPANY: ("001",),
    ESTABLISHMENT: ("001",),
    ADHESION: ("001", "002", "003", "005"),
    PAYMENT: ("001", "005", "006", "007", "008"),
    SHARE: ("001", "003", "004"),
    PERSON: ("001", "002", "004", "006", "019"),
    EMPLOYMENT: ("001",),
    END_OF_EMPLOYMENT: ("001",),
    AFFILIATION: ("004", "005", "012", "013", "014", "015"),
    SUBJECT: ("001", "002", "003", "005"),
    COMPONENT: ("001", "004"),
    CONTRIBUTED: ("001", "004", "007"),
    TOTAL: ("001", "002"),
}
"""The rubriques that are read, by block; the value of any other is never looked at."""

WANTED = frozenset(f"{block}.{code}" for block, codes in KEPT.items() for code in codes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """The rubriques of one block as they were written, by their last three digits; ``line`` is the first one's."""

    name: str
    line: int
    values: Mapping[str, str]
    lines: Mapping[str, int]

    def text(self, code: str) -> str:
        """A value, or nothing."""
        return self.values.get(code, "").strip()

    def line_of(self, code: str) -> int:
        """The line of a rubrique, or of its block."""
        return self.lines.get(code, self.line)

    def cents(self, code: str) -> Cents | None:
        """An amount such as « 1234.56 », in cents; ``None`` when it is missing or none.

        >>> Block(name=PAYMENT, line=1, values={"005": "1234.5"}, lines={}).cents("005")
        123450
        """
        number = self.number(code)
        return None if number is None else round_half_up(number * 100)

    def number(self, code: str) -> Decimal | None:
        """A decimal number; ``None`` when it is missing or none."""
        try:
            number = Decimal(self.text(code))
        except InvalidOperation:
            return None
        return number if number.is_finite() and abs(number) < MOST else None

    def day(self, code: str) -> date | None:
        """A day written JJMMAAAA; ``None`` when it is missing or no day.

        >>> Block(name=PERSON, line=1, values={"006": "03011985"}, lines={}).day("006")
        datetime.date(1985, 1, 3)
        """
        text = self.text(code)
        if len(text) != len("JJMMAAAA") or not (text.isascii() and text.isdecimal()):
            return None
        try:
            return date(int(text[4:]), int(text[2:4]), int(text[:2]))
        except ValueError:
            return None


MOST = Decimal(10) ** 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Adhesion:
    """What ties the declaration to a contract of ours (S21.G00.15)."""

    block: Block
    contract_number: str
    organism: str
    delegate: str
    adhesion_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """A payment to us (S21.G00.20) and how it is shared out (S21.G00.55)."""

    block: Block
    shares: tuple[Block, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What is declared under one affiliation for some days (S21.G00.78): parts of the base (79), contributions (81)."""

    block: Block
    adhesion_id: str
    components: tuple[Block, ...] = ()
    contributions: tuple[Block, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredPerson:
    """Somebody the declaration names under a contract of ours. Who they are does not show in a trace of this object."""

    line: int
    nir: str = field(repr=False)
    last_name: str = field(repr=False)
    first_name: str = field(repr=False)
    birth_date: date | None = field(repr=False)
    matricule: str = field(repr=False)
    left_on: date | None = None
    affiliations: tuple[Block, ...] = ()
    subjects: tuple[Subject, ...] = ()

    @property
    def initials(self) -> str:
        """First name's letter, then last name's: what an anomaly calls somebody.

        >>> zoe = DeclaredPerson(
        ...     line=1, nir="", last_name="LE GOFF", first_name="Zoé", birth_date=None, matricule=""
        ... )
        >>> zoe.initials
        'Z. L.'
        """
        return " ".join(f"{name[0].upper()}." for name in (self.first_name, self.last_name) if name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """Who sends what: the blocks before the first person."""

    sending: Block | None
    declarations: tuple[Block, ...]
    company: Block | None
    establishment: Block | None
    adhesions: tuple[Adhesion, ...]
    payments: tuple[Payment, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tail:
    """The end of the file: its total (S90.G00.90), and what was counted."""

    total: Block | None
    counted: int
    declarations: int


Part = Head | DeclaredPerson | Tail


@dataclass(frozen=True, slots=True, kw_only=True)
class Ours:
    """By what a block is known to be ours: the codes that name us, and the numbers of our contracts."""

    organisms: frozenset[str]
    contract_numbers: frozenset[str]

    def holds(self, adhesion: Block) -> bool:
        """Whether an adhesion is to a contract of ours, be one of its codes wrong."""
        return adhesion.text("002") in self.organisms or adhesion.text("001") in self.contract_numbers


def read(pieces: Iterable[bytes], ours: Ours) -> Iterator[Part]:
    """What concerns us in a file: its head, then each person who has a contract of ours, one at a time, then its tail.

    Errors: ``FieldErrors`` on ``content`` for a file that is no DSN.
    """
    reader = _Reader(ours)
    counted = _Counted()
    for block in _blocks(counted.each(rubriques(pieces, WANTED))):
        yield from reader.take(block)
    yield from reader.end()
    yield Tail(total=reader.total, counted=counted.number, declarations=len(reader.declarations))


class _Counted:
    """How many rubriques went by."""

    def __init__(self) -> None:
        self.number = 0

    def each(self, found: Iterable[Rubrique]) -> Iterator[Rubrique]:
        for one in found:
            self.number += 1
            yield one


def _blocks(found: Iterable[Rubrique]) -> Iterator[Block]:
    """The blocks that are read: a block ends where another begins, or where one of its own rubriques comes again."""
    name, line = "", 0
    values: dict[str, str] = {}
    lines: dict[str, int] = {}
    last = ""
    for one in found:
        if one.block != name or one.code <= last:
            if name in KEPT:
                yield Block(name=name, line=line, values=values, lines=lines)
            name, line, values, lines = one.block, one.line, {}, {}
        last = one.code
        if one.value is not None:
            values[one.code] = one.value
            lines[one.code] = one.line
    if name in KEPT:
        yield Block(name=name, line=line, values=values, lines=lines)


class _Reader:
    """Puts blocks together in the order of the norm; what is not ours is let go at once."""

    def __init__(self, ours: Ours) -> None:
        self._ours = ours
        self._sending: Block | None = None
        self._company: Block | None = None
        self._establishment: Block | None = None
        self._adhesions: list[Adhesion] = []
        self._payments: list[Payment] = []
        self._paid_to_us = False
        self._head_given = False
        self._person: DeclaredPerson | None = None
        self._adhesion_of: dict[str, str] = {}
        self._subject_is_ours = False
        self.declarations: list[Block] = []
        self.total: Block | None = None
        self._takers: Mapping[str, Callable[[Block], None]] = {
            SENDING: self._take_sending,
            DECLARATION: self.declarations.append,
            COMPANY: self._take_company,
            ESTABLISHMENT: self._take_establishment,
            ADHESION: self._take_adhesion,
            PAYMENT: self._take_payment,
            SHARE: self._take_share,
            END_OF_EMPLOYMENT: self._take_end,
            AFFILIATION: self._take_affiliation,
            SUBJECT: self._take_subject,
            COMPONENT: self._take_component,
            CONTRIBUTED: self._take_contribution,
            TOTAL: self._take_total,
        }

    def take(self, block: Block) -> Iterator[Part]:
        """Take a block in; what it completes is given."""
        if block.name in {PERSON, DECLARATION, TOTAL}:
            yield from self._completed()
        if block.name == PERSON:
            if not self._head_given:
                yield self._head()
            self._begin(block)
        elif block.name in self._takers:
            self._takers[block.name](block)

    def end(self) -> Iterator[Part]:
        """What the end of the file completes."""
        yield from self._completed()
        if not self._head_given:
            yield self._head()

    def _completed(self) -> Iterator[Part]:
        person, self._person = self._person, None
        if person and person.affiliations:
            yield person

    def _head(self) -> Head:
        self._head_given = True
        return Head(
            sending=self._sending,
            declarations=tuple(self.declarations),
            company=self._company,
            establishment=self._establishment,
            adhesions=tuple(self._adhesions),
            payments=tuple(self._payments),
        )

    def _begin(self, block: Block) -> None:
        self._adhesion_of = {}
        self._subject_is_ours = False
        self._person = DeclaredPerson(
            line=block.line,
            nir=block.text("001"),
            last_name=block.text("002"),
            first_name=block.text("004"),
            birth_date=block.day("006"),
            matricule=block.text("019"),
        )

    def _take_sending(self, block: Block) -> None:
        self._sending = block

    def _take_company(self, block: Block) -> None:
        self._company = block

    def _take_establishment(self, block: Block) -> None:
        self._establishment = block

    def _take_total(self, block: Block) -> None:
        self.total = block

    def _take_adhesion(self, block: Block) -> None:
        if self._ours.holds(block):
            self._adhesions.append(
                Adhesion(
                    block=block,
                    contract_number=block.text("001"),
                    organism=block.text("002"),
                    delegate=block.text("003"),
                    adhesion_id=block.text("005"),
                )
            )

    def _take_payment(self, block: Block) -> None:
        self._paid_to_us = block.text("001") in self._ours.organisms
        if self._paid_to_us:
            self._payments.append(Payment(block=block))

    def _take_share(self, block: Block) -> None:
        if self._paid_to_us:
            payment = self._payments[-1]
            self._payments[-1] = replace(payment, shares=(*payment.shares, block))

    def _take_end(self, block: Block) -> None:
        if self._person:
            self._person = replace(self._person, left_on=block.day("001"))

    def _take_affiliation(self, block: Block) -> None:
        wanted = block.text("013")
        if self._person and wanted and any(one.adhesion_id == wanted for one in self._adhesions):
            self._adhesion_of[block.text("012")] = block.text("013")
            self._person = replace(self._person, affiliations=(*self._person.affiliations, block))

    def _take_subject(self, block: Block) -> None:
        adhesion_id = self._adhesion_of.get(block.text("005"))
        self._subject_is_ours = adhesion_id is not None and block.text("001") == BASE
        if self._person and adhesion_id is not None and self._subject_is_ours:
            subject = Subject(block=block, adhesion_id=adhesion_id)
            self._person = replace(self._person, subjects=(*self._person.subjects, subject))

    def _take_component(self, block: Block) -> None:
        if self._person and self._subject_is_ours:
            *others, last = self._person.subjects
            self._person = replace(
                self._person, subjects=(*others, replace(last, components=(*last.components, block)))
            )

    def _take_contribution(self, block: Block) -> None:
        if self._person and self._subject_is_ours and block.text("001") == CONTRIBUTION:
            *others, last = self._person.subjects
            self._person = replace(
                self._person, subjects=(*others, replace(last, contributions=(*last.contributions, block)))
            )
