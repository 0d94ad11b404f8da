"""How many lines a second the engine settles and explains on one core, and what a line costs as its inputs grow.

CPU time is taken, not time on the clock. Beside the engine runs the naive settlement of ``tests.oracle``, which
explains nothing; both get the same generated lines, already read, in turns.
"""

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from functools import partial
from statistics import median
from typing import TypeVar

from chalicelib.domain.acts import Withholding
from chalicelib.domain.adjudication.care import Care, Withheld
from chalicelib.domain.adjudication.case_file import read_cases
from chalicelib.domain.adjudication.claim import settle_claim
from chalicelib.domain.adjudication.history import History, PastAct
from chalicelib.domain.guarantee import Clause, FixedAmount, GuaranteeTable, Limit, PercentOfBase, Site, Span
from tests.oracle.differences import by_hand, is_known
from tests.oracle.generate import cases
from tests.oracle.speed import settle_case

Line = TypeVar("Line")
LINES, ROUNDS = 3_000, 9
LEAST_SECONDS = 0.02
CLAUSES = (10, 100, 1_000)
PAST_ACTS = (0, 100, 10_000)
START = date(2020, 1, 1)
ON = date(2026, 3, 2)
CONSULTATION = Care(on=ON, act="G", family="consultation", expense_cents=3000, professional="p-1")
SESSION = Care(on=ON, act="OST", family="medecine_douce", expense_cents=6000)
GLASSES = Care(on=ON, act="OPT-B", family="optique", expense_cents=20000, base_cents=15, rate_percent=Decimal(60))
HEARING_AID = Care(
    on=ON,
    act="AUD-II",
    family="audio",
    expense_cents=90000,
    base_cents=40000,
    rate_percent=Decimal(60),
    location="left",
)


@dataclass(frozen=True, slots=True)
class Speed:
    """Lines settled a second, each the median of the rounds; ``ratio`` is the median of the ratios within a round."""

    naive: float
    engine: float
    ratio: float


def speed() -> Speed:
    """The engine with its explanation beside the naive settlement; every round has lines that none had before."""
    naive, engine = [], []
    for seed in range(ROUNDS):
        lines = [case for case in cases(LINES, seed) if is_known(case)]
        read = read_cases(json.dumps(lines))
        naive.append(_seconds(by_hand, lines))
        engine.append(_seconds(settle_case, read))
    ratio = median(slow / fast for slow, fast in zip(engine, naive, strict=True))
    return Speed(1 / median(naive), 1 / median(engine), ratio)


def by_size_of_table() -> dict[int, float]:
    """Microseconds for a claim of one consultation, by the number of clauses of its table; its clause is the last."""
    tables = {size: _table(size) for size in CLAUSES}
    return _microseconds({size: _claim(CONSULTATION, table, ()) for size, table in tables.items()})


def by_length_of_history() -> dict[str, dict[int, float]]:
    """Microseconds for a claim of one line, by what the line asks of the history and by the acts that it holds.

    The history is indexed beforehand: ``indexing`` says what that costs.
    """
    table = _table(CLAUSES[0])
    lines = {
        "a consultation: what was kept back": CONSULTATION,
        "glasses: the last pair": GLASSES,
        "a hearing aid: a rolling limit per ear": HEARING_AID,
        "osteopathy: a rolling limit, every act its own": SESSION,
    }
    pasts = {size: _history(size) for size in PAST_ACTS}
    histories = {size: History.of(past) for size, past in pasts.items()}
    sessions = {
        size: History.of(replace(one, act="OST", clause_id="sessions") for one in past) for size, past in pasts.items()
    }
    return {
        name: _microseconds(
            {size: _claim(line, table, past) for size, past in (sessions if line is SESSION else histories).items()}
        )
        for name, line in lines.items()
    }


def indexing() -> dict[int, float]:
    """Microseconds for making a history of acts already read, by their number: once a claim, whatever its lines."""
    pasts = {size: _history(size) for size in PAST_ACTS}
    return _microseconds({size: partial(History.of, past) for size, past in pasts.items()})


def _seconds(settle_line: Callable[[Line], object], lines: Sequence[Line]) -> float:
    started = time.process_time()
    for line in lines:
        settle_line(line)
    return (time.process_time() - started) / len(lines)


def _microseconds(claims: dict[int, Callable[[], object]]) -> dict[int, float]:
    """The median of rounds in turns, each of ``LEAST_SECONDS`` or more."""
    taken: dict[int, list[float]] = {size: [] for size in claims}
    for _ in range(ROUNDS):
        for size, claim in claims.items():
            started, times = time.process_time(), 0
            while time.process_time() - started < LEAST_SECONDS:
                claim()
                times += 1
            taken[size].append((time.process_time() - started) / times * 1_000_000)
    return {size: median(times) for size, times in taken.items()}


def _claim(line: Care, table: GuaranteeTable, past: Sequence[PastAct]) -> Callable[[], object]:
    return lambda: settle_claim([line], table=table, contract_start=START, counters={}, history=past)


def _table(size: int) -> GuaranteeTable:
    """The clauses that the lines need come last."""
    rolling = Limit(span=Span.ROLLING, months=48, max_count=1, site=Site.EAR)
    needed = (
        Clause(id="glasses", label="Lunettes", guarantee=FixedAmount(amount_cents=30000), acts=("OPT-B",)),
        Clause(
            id="hearing",
            label="Aides auditives",
            guarantee=FixedAmount(amount_cents=100000, limits=(rolling,)),
            acts=("AUD-II",),
        ),
        Clause(
            id="sessions",
            label="Ostéopathie",
            guarantee=FixedAmount(
                amount_cents=3000, limits=(Limit(span=Span.ROLLING, months=12, amount_cents=10_000_000),)
            ),
            acts=("OST",),
        ),
        Clause(
            id="consultations",
            label="Consultations",
            guarantee=PercentOfBase(percent=Decimal(150)),
            families=("consultation",),
        ),
    )
    others = tuple(
        Clause(id=str(index), label="Autre", guarantee=FixedAmount(amount_cents=1000), acts=(f"AUTRE-{index}",))
        for index in range(size - len(needed))
    )
    return GuaranteeTable(code="BENCH", version=1, valid_from=START, responsible=True, clauses=(*others, *needed))


def _history(size: int) -> tuple[PastAct, ...]:
    """Consultations that bore their participation, with glasses and a hearing aid bought long ago among them."""
    bought = (
        PastAct(act="OPT-B", on=date(2022, 1, 3), clause_id="glasses"),
        PastAct(act="AUD-II", on=date(2021, 1, 4), clause_id="hearing", location="left"),
    )
    seen = (
        PastAct(
            act="G",
            on=ON - timedelta(days=index % 2_000 + 1),
            clause_id="consultations",
            professional=f"p-{index % 3}",
            withholding=Withholding.PARTICIPATION,
            withheld=Withheld(participation_forfaitaire=2),
            expense_cents=3000,
        )
        for index in range(size - len(bought))
    )
    return (*bought, *seen)[:size]
