"""The life of a statement: its states, the steps between them, and the one it is in by the facts of a day."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from chalicelib.domain.money import Cents


class ContributionState(StrEnum):
    """Where a statement stands (dossier 10)."""

    FORECAST = "FORECAST"
    ISSUED = "ISSUED"
    DUE = "DUE"
    PARTLY_PAID = "PARTLY_PAID"
    PAID = "PAID"
    OVERDUE = "OVERDUE"
    REMINDED = "REMINDED"
    FORMAL_NOTICE = "FORMAL_NOTICE"
    GUARANTEE_SUSPENDED = "GUARANTEE_SUSPENDED"
    TERMINATED = "TERMINATED"
    DISPUTED = "DISPUTED"
    DEBIT_SENT = "DEBIT_SENT"
    DEBIT_REJECTED = "DEBIT_REJECTED"
    REGULARISING = "REGULARISING"

    @property
    def label(self) -> str:
        """The state as the espace RH shows it (H45).

        >>> ContributionState.PAID.label
        'Payée'
        """
        return _LABELS[self]

    def leads_to(self, state: "ContributionState") -> bool:
        """Whether the state machine has this step.

        >>> state = ContributionState.FORMAL_NOTICE
        >>> [state.leads_to(one) for one in (ContributionState.GUARANTEE_SUSPENDED, ContributionState.TERMINATED)]
        [True, False]
        """
        return state in ALLOWED[self]


class Listed(StrEnum):
    """The four words of the list of contributions (H45)."""

    CALLED = "appelee"
    PAID = "payee"
    TO_REGULARISE = "a_regulariser"
    REGULARISED = "regularisee"

    @property
    def label(self) -> str:
        """The word as the list shows it.

        >>> Listed.TO_REGULARISE.label
        'À régulariser'
        """
        return _WORDS[self]


_WORDS = {
    Listed.CALLED: "Appelée",
    Listed.PAID: "Payée",
    Listed.TO_REGULARISE: "À régulariser",
    Listed.REGULARISED: "Régularisée",
}
_S = ContributionState
_LABELS = {
    _S.FORECAST: "À venir",
    _S.ISSUED: "Appelée",
    _S.DUE: "À payer",
    _S.PARTLY_PAID: "Payée en partie",
    _S.PAID: "Payée",
    _S.OVERDUE: "Impayée, à régulariser",
    _S.REMINDED: "Relancée",
    _S.FORMAL_NOTICE: "Mise en demeure",
    _S.GUARANTEE_SUSPENDED: "Garanties suspendues",
    _S.TERMINATED: "Contrat résilié",
    _S.DISPUTED: "Contestée",
    _S.DEBIT_SENT: "Prélèvement en cours",
    _S.DEBIT_REJECTED: "Prélèvement rejeté",
    _S.REGULARISING: "Régularisation en cours",
}
_LATE = frozenset({_S.OVERDUE, _S.REMINDED, _S.FORMAL_NOTICE, _S.GUARANTEE_SUSPENDED, _S.TERMINATED})
_ASIDE = frozenset({_S.DISPUTED, _S.DEBIT_SENT, _S.REGULARISING})
_SETTLED_OR_LATER = frozenset({_S.PAID, _S.PARTLY_PAID, _S.ISSUED, _S.DUE}) | _LATE
ALLOWED = {
    _S.FORECAST: frozenset({_S.ISSUED, _S.DUE}),
    _S.ISSUED: frozenset({_S.DUE, _S.PARTLY_PAID, _S.PAID}) | _ASIDE,
    _S.DUE: frozenset({_S.PARTLY_PAID, _S.PAID, _S.OVERDUE}) | _ASIDE,
    _S.PARTLY_PAID: frozenset({_S.PAID, _S.DUE, _S.OVERDUE}) | _ASIDE,
    _S.PAID: frozenset({_S.REGULARISING, _S.DEBIT_REJECTED, _S.ISSUED, _S.DUE, _S.PARTLY_PAID, _S.OVERDUE}),
    _S.OVERDUE: frozenset({_S.REMINDED, _S.PAID}) | _ASIDE,
    _S.REMINDED: frozenset({_S.FORMAL_NOTICE, _S.PAID}) | _ASIDE,
    _S.FORMAL_NOTICE: frozenset({_S.GUARANTEE_SUSPENDED, _S.PAID}) | _ASIDE,
    _S.GUARANTEE_SUSPENDED: frozenset({_S.TERMINATED, _S.PAID}) | _ASIDE,
    _S.TERMINATED: frozenset({_S.PAID}),
    _S.DISPUTED: _SETTLED_OR_LATER | {_S.REGULARISING},
    _S.DEBIT_SENT: frozenset({_S.PAID, _S.PARTLY_PAID, _S.DEBIT_REJECTED, _S.DISPUTED}),
    _S.DEBIT_REJECTED: frozenset({_S.DUE, _S.PARTLY_PAID, _S.PAID, _S.OVERDUE}) | _LATE | _ASIDE,
    _S.REGULARISING: _SETTLED_OR_LATER,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Collection:
    """What is known of one statement's collection. Units: cents.

    ``owed_cents`` is what the ledger says is left. A day is absent until its step is taken. ``debit_expected_on`` is
    the day of a debit that the company asked for, or that was put off: nothing else is done before. ``debit_sent_on``
    is cleared when the debit is booked, ``debit_rejected_on`` when the company was told; ``disputed`` and
    ``regularising`` last until the insurer answers. ``regularised_on`` is the day an action of the company ended.
    """

    due_on: date
    called_cents: Cents
    owed_cents: Cents
    reminded_on: date | None = None
    formal_notice_on: date | None = None
    suspended_on: date | None = None
    terminated_on: date | None = None
    debit_expected_on: date | None = None
    debit_sent_on: date | None = None
    debit_rejected_on: date | None = None
    disputed: bool = False
    regularising: bool = False
    regularised_on: date | None = None


def state_on(collection: Collection, day: date) -> ContributionState:
    """The state of an issued statement on a day.

    What was ended stays ended while something is owed; then what is being done about it; then whether it is paid; then
    how late it is. A statement is due on its day and late from the next.

    Source: dossier 10.

    >>> late = Collection(due_on=date(2025, 4, 15), called_cents=5888, owed_cents=5888)
    >>> [state_on(late, date(2025, 4, day)).value for day in (14, 15, 16)]
    ['ISSUED', 'DUE', 'OVERDUE']
    """
    if collection.regularising:
        return _S.REGULARISING
    if collection.owed_cents <= 0:
        return _S.PAID
    if collection.terminated_on:
        return _S.TERMINATED
    if collection.disputed:
        return _S.DISPUTED
    if collection.debit_sent_on:
        return _S.DEBIT_SENT
    if collection.debit_rejected_on:
        return _S.DEBIT_REJECTED
    if collection.debit_expected_on and day <= collection.debit_expected_on:
        return _S.DEBIT_SENT
    return _by_time(collection, day)


def _by_time(collection: Collection, day: date) -> ContributionState:
    if collection.suspended_on:
        return _S.GUARANTEE_SUSPENDED
    if collection.formal_notice_on:
        return _S.FORMAL_NOTICE
    if collection.reminded_on:
        return _S.REMINDED
    if day > collection.due_on:
        return _S.OVERDUE
    if collection.owed_cents < collection.called_cents:
        return _S.PARTLY_PAID
    return _S.DUE if day == collection.due_on else _S.ISSUED


def listed_on(collection: Collection, day: date) -> Listed:
    """The word under which the list of contributions files a statement on a day: what its search goes by (H40, H45).

    Whatever is late, rejected, contested or being corrected is to regularise; what was paid is regularised when an
    action of the company ended there, paid otherwise.

    >>> late = Collection(due_on=date(2025, 4, 15), called_cents=5888, owed_cents=5888)
    >>> [listed_on(late, date(2025, 4, day)).value for day in (15, 16)]
    ['appelee', 'a_regulariser']
    """
    state = state_on(collection, day)
    if state is _S.PAID:
        return Listed.REGULARISED if collection.regularised_on else Listed.PAID
    return Listed.CALLED if state in _ON_TIME else Listed.TO_REGULARISE


_ON_TIME = frozenset({_S.FORECAST, _S.ISSUED, _S.DUE, _S.PARTLY_PAID, _S.DEBIT_SENT})
