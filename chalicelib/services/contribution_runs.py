"""The daily run that calls contributions: which contracts, each on its own, then one report for the agents.

The state machine of ``infra/contributions.asl.json`` runs ``plan``, then ``billing.call`` once for each contract, then
``report``. What a run did is read from the accounts, so that a contract whose step failed for good, or never ran, is
told of like one that could not be called.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from chalicelib import clock
from chalicelib.domain.contributions.account import ContributionAccount
from chalicelib.domain.errors import NotFound
from chalicelib.gateways import workflows
from chalicelib.observability import count, log
from chalicelib.services import kept_json
from chalicelib.storage import contributions

DAYS_BACK = 40
"""A contract that could not be called is put off from day to day: so many days without a run lose none."""

DAYS_LOOKED_BACK = 7
SHOWN = 1_000
MOST_BYTES = 64 * 1024 * 1024
UNFINISHED = "unfinished"
NOT_CALLED = "ContributionsNotCalled"

Key = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A run: the list of its contracts, and how many there are."""

    run: str
    manifest: str
    contracts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NotCalled:
    """A contract that a run could not call: since when, a stable code and a French sentence."""

    company_id: str
    contract_id: str
    since: str
    code: str
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a run came to."""

    run: str
    contracts: int
    called: int
    not_called: tuple[NotCalled, ...]


def start() -> None:
    """Start the run of today, unless it was started."""
    today = clock.today().isoformat()
    workflows.start_contributions(today, {"run": today})


def plan(run: str) -> Plan:
    """List the contracts whose day has come, each once; again lists those that are left."""
    today = clock.today()
    days = (today - timedelta(days=back) for back in range(DAYS_BACK + 1))
    found = dict.fromkeys(key for day in days for key in contributions.to_bill(day))
    listed = [{"company_id": company_id, "contract_id": contract_id} for company_id, contract_id in found]
    kept_json.write(_manifest(run), listed)
    return Plan(run=run, manifest=_manifest(run), contracts=len(listed))


def report(run: str) -> Report:
    """Write what became of each contract of a run, for the agents, and count those that were not called.

    Errors: ``NotFound`` when the run was never planned.
    """
    today = clock.today()
    keys = _planned(run)
    accounts = contributions.accounts(keys)
    missing = [found for key in keys for found in _not_called(key, accounts.get(key), today)]
    made = Report(run=run, contracts=len(keys), called=len(keys) - len(missing), not_called=tuple(missing[:SHOWN]))
    kept_json.write(_report(run), _as_json(made, len(missing)))
    if missing:
        count(NOT_CALLED, len(missing))
    log("contributions_called", count=made.called, failed=len(missing))
    return made


def read(day: date) -> Report:
    """The report of the run of a day.

    Errors: ``NotFound`` for a day without a run, or whose run is not over.
    """
    told = kept_json.read(_report(day.isoformat()), max_bytes=MOST_BYTES)
    if told is None:
        raise NotFound
    return Report(
        run=told["run"],
        contracts=told["contracts"],
        called=told["called"],
        not_called=tuple(NotCalled(**one) for one in told["not_called"]),
    )


def latest() -> Report:
    """The report of the latest run that is over, today's or one of the week before.

    Errors: ``NotFound`` when there was none.
    """
    today = clock.today()
    for back in range(DAYS_LOOKED_BACK + 1):
        try:
            return read(today - timedelta(days=back))
        except NotFound:
            continue
    raise NotFound


def _planned(run: str) -> list[Key]:
    listed = kept_json.read(_manifest(run), max_bytes=MOST_BYTES)
    if listed is None:
        raise NotFound
    return [(str(one["company_id"]), str(one["contract_id"])) for one in listed]


def _not_called(key: Key, account: ContributionAccount | None, today: date) -> Iterator[NotCalled]:
    if account is None:
        return
    trouble = account.trouble
    if trouble is not None:
        code, sentence, since = trouble.code, trouble.sentence, trouble.since
    elif account.bill_on is not None and account.bill_on <= today:
        code, sentence, since = UNFINISHED, "Le traitement n’a pas abouti\u00a0: il reprendra demain.", today
    else:
        return
    yield NotCalled(company_id=key[0], contract_id=key[1], since=since.isoformat(), code=code, sentence=sentence)


def _as_json(made: Report, not_called: int) -> dict[str, object]:
    return {
        "run": made.run,
        "at": clock.now().isoformat(),
        "contracts": made.contracts,
        "called": made.called,
        "left_out": not_called - len(made.not_called),
        "not_called": [
            {
                "company_id": one.company_id,
                "contract_id": one.contract_id,
                "since": one.since,
                "code": one.code,
                "sentence": one.sentence,
            }
            for one in made.not_called
        ],
    }


def _manifest(run: str) -> str:
    return f"contribution-runs/{run}/manifest.json"


def _report(run: str) -> str:
    return f"contribution-runs/{run}/report.json"
