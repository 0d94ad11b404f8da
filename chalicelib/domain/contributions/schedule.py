"""The échéancier as data: periods, due days, amounts called or foreseen, and where each stands (H105, H107)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice
from typing import Protocol

from chalicelib.domain.contributions.insured import Insured
from chalicelib.domain.contributions.state import ContributionState
from chalicelib.domain.contributions.statement import BilledContract, Numbered, StatementKind, due_cents, months_in
from chalicelib.domain.errors import NoParameterFor, Refused
from chalicelib.domain.money import Cents
from chalicelib.domain.periods import Period


class Issued(Numbered, Protocol):
    """What is asked of a statement that was issued."""

    @property
    def number(self) -> str: ...
    @property
    def due_on(self) -> date: ...
    @property
    def called_cents(self) -> Cents: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleLine:
    """One line of an échéancier. Units: cents.

    ``amount_cents`` is absent where it cannot be foreseen; ``missing`` then names the legal number that is not known
    yet, or the code of what the contract lacks, and ``sentence`` says it in French.
    """

    period: Period
    due_on: date
    state: ContributionState
    amount_cents: Cents | None
    statement: str = ""
    missing: str = ""
    sentence: str = ""


def schedule(
    contract: BilledContract,
    *,
    insured: Sequence[Insured],
    former: Sequence[Issued],
    states: Mapping[str, ContributionState],
    since: date,
    lines: int,
) -> tuple[ScheduleLine, ...]:
    """The periods of a contract from the one that holds a day on: as called, else as foreseen by the facts of now.

    ``states`` gives where each statement of ``former`` stands, by number.

    Units: cents. What cannot be foreseen is said on its line, never guessed.
    Source: dossier 4.5 (échéancier).
    """
    called = {months_in(one.period)[0]: one for one in former if one.kind is StatementKind.CALL}
    periods = islice(contract.calendar.periods(contract.cover, since=since), lines)
    found = []
    for period in periods:
        issued = called.get(months_in(period)[0])
        found.append(_called(issued, states[issued.number]) if issued else _foreseen(contract, insured, period))
    return tuple(found)


def _called(statement: Issued, state: ContributionState) -> ScheduleLine:
    return ScheduleLine(
        period=statement.period,
        due_on=statement.due_on,
        state=state,
        amount_cents=statement.called_cents,
        statement=statement.number,
    )


def _foreseen(contract: BilledContract, insured: Sequence[Insured], period: Period) -> ScheduleLine:
    amount: Cents | None = None
    missing = sentence = ""
    try:
        amount = due_cents(contract, insured=insured, months=months_in(period))
    except NoParameterFor as unknown:
        missing = unknown.key
        sentence = f"Montant non connu\u00a0: un chiffre légal de {unknown.on.year} n’est pas encore publié."
    except Refused as refusal:
        missing, sentence = refusal.code, refusal.sentence
    return ScheduleLine(
        period=period,
        due_on=contract.calendar.due_on(period),
        state=ContributionState.FORECAST,
        amount_cents=amount,
        missing=missing,
        sentence=sentence,
    )
