"""The échéancier of a contract: what was called and where it stands, then what is foreseen (H105, H107, M97).

What is foreseen takes everybody who is insured, so it is computed by the worker that writes documents, once a day for
whoever asks, and kept beside the PDF. Until it is there the échéancier is shown without the amounts to come.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from chalicelib import clock
from chalicelib.domain.company import Company, Contract
from chalicelib.domain.contributions.bank_days import due_day
from chalicelib.domain.contributions.contribution import ContributionSummary
from chalicelib.domain.contributions.schedule import ScheduleLine, schedule
from chalicelib.domain.contributions.state import ContributionState
from chalicelib.domain.contributions.statement import BilledContract, StatementKind, months_in
from chalicelib.domain.contributions.terms import billed_contract
from chalicelib.domain.periods import Period, add_months
from chalicelib.gateways import queues
from chalicelib.services import contribution_accounts, contribution_people, kept_json, ready_documents
from chalicelib.services.contribution_people import Pay
from chalicelib.storage import contributions, salaries

LINES = 12
MONTHS_BACK = 12
STATEMENTS_READ = 100
MOST_BYTES = 1024 * 1024
BEING_COMPUTED = "Montant en cours de calcul."


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """An échéancier as it stands on a day; ``complete`` once what is to come was foreseen that day."""

    on: date
    lines: tuple[ScheduleLine, ...]
    complete: bool


def read(contract: Contract) -> Schedule:
    """The échéancier of a contract, from the period before the present one on; the rest is asked for if need be.

    It begins earlier where something is owed of an earlier period, a year back at most.

    Errors: ``FieldErrors`` when the terms of the contract do not suffice to call it.
    """
    today = clock.today()
    known = _kept(contract, today)
    outline = _schedule(billed_contract(contract), _statements(contract), today, foreseen=known)
    if known is None:
        _request(contract)
    return Schedule(on=today, lines=outline, complete=known is not None)


def foresee(contract: Contract) -> Schedule:
    """The whole échéancier of a contract as it stands today, kept for whoever reads it.

    Pay that is not declared yet is foreseen as the last that was.

    Errors: ``FieldErrors`` when the terms of the contract do not suffice to call it.
    """
    today = clock.today()
    billed = billed_contract(contract)
    statements = _statements(contract)
    since = _since(billed, statements, today)
    months = billed.calendar.frequency.months
    count = _lines(billed, since, today)
    pay = _pay(contract, since, months * count) if contribution_accounts.on_pay(billed) else {}
    insured = contribution_people.insured_under(contract, billed.tariffs, pay)
    lines = schedule(billed, insured=insured, former=[], states={}, since=since, lines=count)
    content = {line.period.start.isoformat(): _as_json(line) for line in lines}
    kept_json.write(f"{_folder(contract, today)}.json", content)
    found = {line.period.start: line for line in lines}
    return Schedule(on=today, lines=_schedule(billed, statements, today, foreseen=found), complete=True)


def _statements(contract: Contract) -> list[ContributionSummary]:
    """The latest statements of a contract."""
    former, _ = contributions.page_of_company(contract.company_id, before=None, limit=STATEMENTS_READ)
    return [one for one in former if one.contract_id == contract.contract_id]


def _schedule(
    billed: BilledContract,
    own: Sequence[ContributionSummary],
    today: date,
    *,
    foreseen: dict[date, ScheduleLine] | None,
) -> tuple[ScheduleLine, ...]:
    """The lines as they were called, and the others as they are foreseen."""
    states = {one.number: one.state_on(today) for one in own}
    since = _since(billed, own, today)
    count = _lines(billed, since, today)
    lines = schedule(billed, insured=(), former=own, states=states, since=since, lines=count)
    return tuple(one if one.statement else _foreseen(one, foreseen, today) for one in lines)


def _foreseen(line: ScheduleLine, foreseen: dict[date, ScheduleLine] | None, today: date) -> ScheduleLine:
    """A line that is still to come: called today at the earliest, it is due no sooner than that leaves time for."""
    due_on = line.due_on if line.due_on >= today else due_day(line.due_on, told_on=today)
    known = (foreseen or {}).get(line.period.start)
    if known is None:
        return replace(line, due_on=due_on, amount_cents=None, missing="", sentence=BEING_COMPUTED)
    return replace(line, due_on=due_on, amount_cents=known.amount_cents, missing=known.missing, sentence=known.sentence)


def _since(billed: BilledContract, own: Sequence[ContributionSummary], today: date) -> date:
    """The first day shown: of the period before the present one, or of an earlier one of which something is owed."""
    this_month = today.replace(day=1)
    owed = [one.period.start for one in own if one.kind is StatementKind.CALL and one.collection.owed_cents > 0]
    oldest = max(min(owed, default=this_month), add_months(this_month, -MONTHS_BACK))
    return max(min(oldest, add_months(this_month, -billed.calendar.frequency.months)), billed.cover.start)


def _lines(billed: BilledContract, since: date, today: date) -> int:
    """How many lines are shown: a year's from the period before the present one on, and those before it."""
    months = billed.calendar.frequency.months
    usual = max(add_months(today.replace(day=1), -months), billed.cover.start)
    earlier = (usual.year - since.year) * 12 + usual.month - since.month
    return LINES + -(-earlier // months)


def _pay(contract: Contract, since: date, ahead: int) -> Pay:
    """The pay declared since January, and from there on the last that was declared for each person."""
    first = since.replace(month=1, day=1)
    end = add_months(since.replace(day=1), ahead + 3)
    known = salaries.declared(contract.company_id, contract.contract_id, months_in(Period(first, end)))
    found: dict[date, dict[str, int]] = {}
    last: dict[str, int] = {}
    for month in sorted(known):
        last = {**last, **known[month]}
        found[month] = last
    return found


def means(company: Company) -> str:
    """How a company pays its contributions at present."""
    mandate = company.bank.mandate_on(clock.now()) if company.bank else None
    if mandate is None:
        return "Chaque appel indique la référence à reporter sur votre virement."
    return f"Par prélèvement sur le compte {mandate.iban_masked} (mandat {mandate.rum}, créancier {mandate.ics})."


def link(contract: Contract) -> str:
    """A short-lived link to the échéancier of a contract as a PDF of today.

    Errors: ``Conflict`` while it is being written; ``FieldErrors`` when the contract cannot be called.
    """
    billed_contract(contract)
    today = clock.today()
    name = f"echeancier-{contract.number}-{today}.pdf"
    return ready_documents.link(key(contract, today), name=name, prepare=lambda: _request(contract))


def key(contract: Contract, day: date) -> str:
    """Where the échéancier of a contract is kept that was made on a day."""
    return f"{_folder(contract, day)}.pdf"


def _request(contract: Contract) -> None:
    job = {"document": "payment_schedule", "company_id": contract.company_id, "contract_id": contract.contract_id}
    queues.send("documents", job)


def _folder(contract: Contract, day: date) -> str:
    return f"contributions/{contract.company_id}/schedules/{contract.contract_id}/{day.isoformat()}"


def _kept(contract: Contract, day: date) -> dict[date, ScheduleLine] | None:
    kept = kept_json.read(f"{_folder(contract, day)}.json", max_bytes=MOST_BYTES)
    if kept is None:
        return None
    found = {date.fromisoformat(start): told for start, told in kept.items()}
    return {start: _from_json(start, told) for start, told in found.items()}


def _as_json(line: ScheduleLine) -> dict[str, str | int | None]:
    return {
        "due_on": line.due_on.isoformat(),
        "amount_cents": line.amount_cents,
        "missing": line.missing,
        "sentence": line.sentence,
    }


def _from_json(start: date, told: dict[str, str | int | None]) -> ScheduleLine:
    amount = told["amount_cents"]
    return ScheduleLine(
        period=Period(start),
        due_on=date.fromisoformat(str(told["due_on"])),
        state=ContributionState.FORECAST,
        amount_cents=int(amount) if amount is not None else None,
        missing=str(told["missing"]),
        sentence=str(told["sentence"]),
    )
