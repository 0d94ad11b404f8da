"""The accounts of a contract in double entry: the only source of what a company owes, paid and has too much."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from chalicelib.domain.contributions.taxes import TaxKind
from chalicelib.domain.errors import Conflict
from chalicelib.domain.money import Cents
from chalicelib.domain.record import MOST_CENTS, Record


class Account(StrEnum):
    """Where an amount stands."""

    COMPANY = "entreprise"
    PREMIUM = "primes"
    TAX = "taxes"
    BANK = "banque"


class PostingKind(StrEnum):
    """What happened."""

    STATEMENT = "appel"
    REGULARISATION = "regularisation"
    TRANSFER = "virement"
    DEBIT = "prelevement"
    DEBIT_REJECTED = "prelevement_rejete"
    REFUND = "remboursement"

    @property
    def label(self) -> str:
        """What happened, as an extract of the account names it.

        >>> PostingKind.DEBIT_REJECTED.label
        'Prélèvement rejeté'
        """
        return _LABELS[self]


_LABELS = {
    PostingKind.STATEMENT: "Appel de cotisation",
    PostingKind.REGULARISATION: "Régularisation",
    PostingKind.TRANSFER: "Virement",
    PostingKind.DEBIT: "Prélèvement",
    PostingKind.DEBIT_REJECTED: "Prélèvement rejeté",
    PostingKind.REFUND: "Remboursement",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An amount put to an account: a debit when positive, a credit when negative. Units: cents."""

    account: Account
    amount_cents: Cents
    month: date | None = None
    tax: TaxKind | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Posting:
    """One event and its entries, which balance. ``statement`` is the number of the statement it bears on, if any."""

    posting_id: str
    kind: PostingKind
    day: date
    statement: str = ""
    entries: tuple[Entry, ...]

    def __post_init__(self) -> None:
        """Errors: ``ValueError`` when the entries do not balance."""
        if sum(entry.amount_cents for entry in self.entries):
            raise ValueError("the entries of a posting balance")

    def on(self, account: Account) -> Cents:
        """What the posting puts to an account."""
        return sum(entry.amount_cents for entry in self.entries if entry.account is account)

    @classmethod
    def from_record(cls, record: Record) -> "Posting":
        """The posting of a JSON object.

        Errors: ``FieldErrors`` with every fault of the object; ``ValueError`` when its entries do not balance.
        """
        known = {
            "posting_id": record.text("posting_id"),
            "statement": record.text("statement", default=""),
        }
        kind, day = record.choice("kind", PostingKind), record.day("day")
        entries = tuple(_read_entry(entry) for entry in record.records("entries"))
        record.check()
        return cls(**known, kind=kind, day=day, entries=entries)

    def to_record(self) -> dict[str, object]:
        """The JSON object that ``from_record`` reads back as an equal posting."""
        return {
            "posting_id": self.posting_id,
            "kind": str(self.kind),
            "day": self.day.isoformat(),
            "statement": self.statement,
            "entries": [_entry_to_record(entry) for entry in self.entries],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Owed:
    """What is left to pay of one statement. Units: cents."""

    statement: str
    called_cents: Cents
    owed_cents: Cents


@dataclass(frozen=True, slots=True)
class Ledger:
    """The postings of one contract of one company. Their order never matters."""

    postings: tuple[Posting, ...] = ()

    def with_posting(self, posting: Posting) -> "Ledger":
        """The ledger with one posting more; the same posting twice counts once (H46).

        Errors: ``Conflict`` (``posting_differs``) when another posting has the same id.
        """
        same = [one for one in self.postings if one.posting_id == posting.posting_id]
        if not same:
            return Ledger((*self.postings, posting))
        if same[0] != posting:
            raise Conflict("posting_differs", "Cette écriture existe déjà avec un autre contenu.")
        return self

    def balance_cents(self, account: Account = Account.COMPANY) -> Cents:
        """The balance of an account; the company's is what it owes, negative when it has paid too much.

        >>> paid = payment("p1", PostingKind.TRANSFER, amount_cents=5888, day=date(2025, 4, 15))
        >>> Ledger((paid,)).balance_cents(), Ledger((paid,)).balance_cents(Account.BANK)
        (-5888, 5888)
        """
        return sum(posting.on(account) for posting in self.postings)

    def owed(self) -> tuple[Owed, ...]:
        """What is left of each statement, in the order they were called.

        A payment that names a statement goes to it first. What is left over, payments that name none and statements
        that give back go to the oldest debts first. Money given back beyond what came in is owed under no number.

        Units: cents.
        Source: Code civil art. 1342-10.

        >>> debt = Posting(posting_id="s1", kind=PostingKind.STATEMENT, day=date(2025, 4, 1), statement="A1", entries=(
        ...     Entry(account=Account.COMPANY, amount_cents=5888), Entry(account=Account.PREMIUM, amount_cents=-5888)))
        >>> paid = payment("p1", PostingKind.TRANSFER, amount_cents=5000, day=date(2025, 4, 15), statement="A1")
        >>> [(one.statement, one.owed_cents) for one in Ledger((paid, debt)).owed()]
        [('A1', 888)]
        """
        called = self._called()
        left = {number: max(0, amount) for number, amount in called.items()}
        free = -sum(min(0, amount) for amount in called.values())
        for number, amount in self._paid().items():
            taken = min(max(0, amount), left.get(number, 0))
            free += amount - taken
            if number in left:
                left[number] -= taken
        found = [
            Owed(statement=number, called_cents=called[number], owed_cents=rest)
            for number, rest in _oldest_first(left, free)
        ]
        returned = [Owed(statement="", called_cents=0, owed_cents=-free)] if free < 0 else []
        return (*found, *returned)

    def _called(self) -> dict[str, Cents]:
        calls = [one for one in self.postings if one.kind in _CALLS]
        called: dict[str, Cents] = {}
        for posting in sorted(calls, key=lambda one: (one.day, one.statement, one.posting_id)):
            called[posting.statement] = called.get(posting.statement, 0) + posting.on(Account.COMPANY)
        return called

    def _paid(self) -> dict[str, Cents]:
        paid: dict[str, Cents] = {}
        for posting in self.postings:
            if posting.kind not in _CALLS:
                paid[posting.statement] = paid.get(posting.statement, 0) - posting.on(Account.COMPANY)
        return paid


def _read_entry(record: Record) -> Entry:
    return Entry(
        account=record.choice("account", Account),
        amount_cents=record.whole("amount_cents", least=-MOST_CENTS, most=MOST_CENTS),
        month=record.day_or_none("month"),
        tax=record.choice_or_none("tax", TaxKind),
    )


def _entry_to_record(entry: Entry) -> dict[str, object]:
    return {
        "account": str(entry.account),
        "amount_cents": entry.amount_cents,
        "month": entry.month.isoformat() if entry.month else None,
        "tax": str(entry.tax) if entry.tax else None,
    }


_CALLS = (PostingKind.STATEMENT, PostingKind.REGULARISATION)
_OUT = (PostingKind.DEBIT_REJECTED, PostingKind.REFUND)


def _oldest_first(left: dict[str, Cents], free: Cents) -> Iterable[tuple[str, Cents]]:
    for number, debt in left.items():
        taken = min(debt, max(0, free))
        free -= taken
        yield number, debt - taken


def payment(posting_id: str, kind: PostingKind, *, amount_cents: Cents, day: date, statement: str = "") -> Posting:
    """The posting of money that moved: in by transfer or debit, out when a debit comes back or is refunded.

    Units: cents. Errors: ``ValueError`` when the amount is not positive or the kind is a statement's.

    >>> back = payment("d1-r", PostingKind.DEBIT_REJECTED, amount_cents=5888, day=date(2025, 4, 17), statement="A1")
    >>> back.on(Account.COMPANY)
    5888
    """
    if amount_cents <= 0 or kind in _CALLS:
        raise ValueError("a payment moves a positive amount")
    signed = -amount_cents if kind in _OUT else amount_cents
    return Posting(
        posting_id=posting_id,
        kind=kind,
        day=day,
        statement=statement,
        entries=(
            Entry(account=Account.BANK, amount_cents=signed),
            Entry(account=Account.COMPANY, amount_cents=-signed),
        ),
    )
