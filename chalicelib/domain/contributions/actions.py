"""« Régulariser une cotisation »: what a company may do about a statement, payment first (H43, H46, A15)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol

from chalicelib.domain.contributions.bank_days import debit_day
from chalicelib.domain.contributions.state import ContributionState
from chalicelib.domain.contributions.wording import day_name
from chalicelib.domain.errors import FieldError, FieldErrors, Refused
from chalicelib.domain.money import Cents, in_euros


class ActionKind(StrEnum):
    """The typed actions, in the order they are offered."""

    PAY_BY_TRANSFER = "virement"
    PAY_BY_DEBIT = "prelevement"
    CORRECT = "correction"
    CONTEST = "contestation"

    @property
    def label(self) -> str:
        """The action as the espace RH offers it.

        >>> ActionKind.CORRECT.label
        'Signaler une erreur dans l’appel'
        """
        return _LABELS[self]


_LABELS = {
    ActionKind.PAY_BY_TRANSFER: "Payer par virement",
    ActionKind.PAY_BY_DEBIT: "Payer par prélèvement",
    ActionKind.CORRECT: "Signaler une erreur dans l’appel",
    ActionKind.CONTEST: "Contester l’appel",
}


class CorrectionReason(StrEnum):
    """What a company says is wrong with a statement."""

    ENTRY = "entree"
    EXIT = "sortie"
    FAMILY = "situation_familiale"
    PAY = "salaire"
    RATE = "taux"


_S = ContributionState
_PAYABLE = frozenset(
    {
        *(_S.ISSUED, _S.DUE, _S.PARTLY_PAID, _S.OVERDUE, _S.REMINDED, _S.FORMAL_NOTICE),
        *(_S.GUARANTEE_SUSPENDED, _S.TERMINATED, _S.DISPUTED, _S.DEBIT_REJECTED),
    }
)
_DEBITABLE = _PAYABLE - {_S.DISPUTED, _S.TERMINATED}
_CORRECTABLE = (_PAYABLE | {_S.PAID, _S.DEBIT_SENT}) - {_S.DISPUTED, _S.TERMINATED}
_CONTESTABLE = _PAYABLE - {_S.DISPUTED, _S.TERMINATED}


def open_actions(state: ContributionState, *, owed_cents: Cents, has_mandate: bool) -> tuple[ActionKind, ...]:
    """What may be done about a statement, payment first; nothing when it is not to regularise.

    A debit needs an active mandate. A paid statement may still be corrected. A contested one may still be paid.

    >>> [one.value for one in open_actions(ContributionState.OVERDUE, owed_cents=5888, has_mandate=False)]
    ['virement', 'correction', 'contestation']
    """
    owing = owed_cents > 0
    offered = {
        ActionKind.PAY_BY_TRANSFER: owing and state in _PAYABLE,
        ActionKind.PAY_BY_DEBIT: owing and has_mandate and state in _DEBITABLE,
        ActionKind.CORRECT: state in _CORRECTABLE,
        ActionKind.CONTEST: owing and state in _CONTESTABLE,
    }
    return tuple(kind for kind, possible in offered.items() if possible)


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """What a company asked for about a statement, who did and when: the trace that stays (H46).

    ``amount_cents`` is what is to be paid; ``debit_on`` the day of a debit; ``reference`` what a transfer carries.
    ``action_id`` is the business identity: the same request twice is one action.
    """

    action_id: str
    kind: ActionKind
    statement: str
    asked_by: str
    asked_at: datetime
    amount_cents: Cents = 0
    reference: str = ""
    debit_on: date | None = None
    mandate_id: str = ""
    reason: CorrectionReason | None = None
    explanation: str = ""
    attachments: tuple[str, ...] = ()

    @property
    def leads_to(self) -> ContributionState | None:
        """The state the statement takes at once; a transfer changes nothing until the money is there.

        >>> from datetime import UTC
        >>> asked = Action(action_id="a", kind=ActionKind.CONTEST, statement="A1", asked_by="u",
        ...                asked_at=datetime(2025, 4, 20, tzinfo=UTC), explanation="Déjà payé.")
        >>> asked.leads_to.value
        'DISPUTED'
        """
        return _OUTCOMES.get(self.kind)


_OUTCOMES: Mapping[ActionKind, ContributionState] = {
    ActionKind.PAY_BY_DEBIT: ContributionState.DEBIT_SENT,
    ActionKind.CORRECT: ContributionState.REGULARISING,
    ActionKind.CONTEST: ContributionState.DISPUTED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the company fills in: the fields that its kind of action needs, the others left as they are."""

    action_id: str
    kind: ActionKind
    asked_by: str
    asked_at: datetime
    mandate_id: str = ""
    reason: CorrectionReason | None = None
    explanation: str = ""
    attachments: tuple[str, ...] = ()


class Payable(Protocol):
    """What is asked of a statement to act on it."""

    @property
    def number(self) -> str: ...
    @property
    def due_on(self) -> date: ...
    @property
    def reference(self) -> str: ...


def acted(asked: Asked, *, statement: Payable, state: ContributionState, owed_cents: Cents, told_on: date) -> Action:
    """The action that a request makes, or why it may not be done.

    A transfer carries the structured reference of the statement; a debit waits for its day of notice.

    Units: cents. Errors: ``Refused`` (``not_regularisable``); ``FieldErrors`` when a correction has no reason, or a
    correction or a contest no explanation; ``NoParameterFor``.
    Source: requirements H43, H46; decision A15 (payment first); dossier 8.4.
    """
    if asked.kind not in open_actions(state, owed_cents=owed_cents, has_mandate=bool(asked.mandate_id)):
        label = f"«\u00a0{state.label}\u00a0»"
        sentence = f"La cotisation est {label}\u00a0: cette action n’est pas possible."
        raise Refused("not_regularisable", sentence, state=str(state), action=str(asked.kind))
    paying = asked.kind in (ActionKind.PAY_BY_TRANSFER, ActionKind.PAY_BY_DEBIT)
    if not paying:
        _check(asked)
    debit = asked.kind is ActionKind.PAY_BY_DEBIT
    return Action(
        action_id=asked.action_id,
        kind=asked.kind,
        statement=statement.number,
        asked_by=asked.asked_by,
        asked_at=asked.asked_at,
        amount_cents=owed_cents if paying else 0,
        reference=statement.reference if asked.kind is ActionKind.PAY_BY_TRANSFER else "",
        debit_on=debit_day(statement.due_on, told_on=told_on) if debit else None,
        mandate_id=asked.mandate_id if debit else "",
        reason=asked.reason if asked.kind is ActionKind.CORRECT else None,
        explanation=asked.explanation,
        attachments=asked.attachments,
    )


def instruction(action: Action) -> str:
    """What the company reads once it has chosen to pay; empty for the other actions.

    >>> from datetime import UTC
    >>> paid = Action(action_id="a", kind=ActionKind.PAY_BY_TRANSFER, statement="A1", asked_by="u", amount_cents=5888,
    ...               asked_at=datetime(2025, 4, 20, tzinfo=UTC), reference="RF18539007547034")
    >>> instruction(paid).replace("\\u00a0", " ")
    'Virement de 58,88 € en indiquant la référence RF18539007547034.'
    """
    match action.kind:
        case ActionKind.PAY_BY_TRANSFER:
            return f"Virement de {in_euros(action.amount_cents)} en indiquant la référence {action.reference}."
        case ActionKind.PAY_BY_DEBIT if action.debit_on:
            return f"Prélèvement de {in_euros(action.amount_cents)} le {day_name(action.debit_on)}."
        case _:
            return ""


def _check(asked: Asked) -> None:
    faults = []
    if asked.kind is ActionKind.CORRECT and asked.reason is None:
        faults.append(FieldError("reason", "Indiquez ce qui est à corriger dans l’appel."))
    if not asked.explanation.strip():
        faults.append(FieldError("explanation", "Expliquez en quelques mots ce qui vous fait agir."))
    if faults:
        raise FieldErrors(*faults)
