"""The échéancier of a contract: what was called and where it stands, then what is foreseen (H105, H107, M97).

What is foreseen takes everybody who is insured, so it is computed by the worker that writes documents, once a day for
whoever asks, and kept beside the PDF. Until it is there the échéancier is shown without the amounts to come.
"""

from dataclasses import dataclass, replace
from datetime import date

from chalicelib import clock
from chalicelib.domain.company import Company, Contract
from chalicelib.domain.contributions.schedule import ScheduleLine, schedule
from chalicelib.domain.contributions.state import ContributionState
from chalicelib.domain.contributions.statement import BilledContract, months_in
from chalicelib.domain.contributions.terms import billed_contract
from chalicelib.domain.periods import Period, add_months
from chalicelib.gateways import queues
from chalicelib.services import contribution_accounts, contribution_people, kept_json, ready_documents
from chalicelib.services.contribution_people import Pay
from chalicelib.storage import contributions, salaries

LINES = 12
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

    Errors: ``FieldErrors`` when the terms of the contract do not suffice to call it.
    """
    today = clock.today()
    known = _kept(contract, today)
    outline = _schedule(contract, billed_contract(contract), today, foreseen=known)
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
    since = _since(billed, today)
    months = billed.calendar.frequency.months
    pay = _pay(contract, since, months * LINES) if contribution_accounts.on_pay(billed) else {}
    insured = contribution_people.insured_under(contract, billed.tariffs, pay)
    lines = schedule(billed, insured=insured, former=[], states={}, since=since, lines=LINES)
    content = {line.period.start.isoformat(): _as_json(line) for line in lines}
    kept_json.write(f"{_folder(contract, today)}.json", content)
    found = {line.period.start: line for line in lines}
    return Schedule(on=today, lines=_schedule(contract, billed, today, foreseen=found), complete=True)


def _schedule(
    contract: Contract, billed: BilledContract, today: date, *, foreseen: dict[date, ScheduleLine] | None
) -> tuple[ScheduleLine, ...]:
    """The lines as they were called, and the others as they are foreseen."""
    former, _ = contributions.page_of_company(contract.company_id, before=None, limit=STATEMENTS_READ)
    own = [one for one in former if one.contract_id == contract.contract_id]
    states = {one.number: one.state_on(today) for one in own}
    lines = schedule(billed, insured=(), former=own, states=states, since=_since(billed, today), lines=LINES)
    return tuple(one if one.statement else _foreseen(one, foreseen) for one in lines)


def _foreseen(line: ScheduleLine, foreseen: dict[date, ScheduleLine] | None) -> ScheduleLine:
    known = (foreseen or {}).get(line.period.start)
    if known is not None:
        return replace(line, amount_cents=known.amount_cents, missing=known.missing, sentence=known.sentence)
    return replace(line, amount_cents=None, missing="", sentence=BEING_COMPUTED)


def _since(billed: BilledContract, today: date) -> date:
    before = add_months(today.replace(day=1), -billed.calendar.frequency.months)
    return max(before, billed.cover.start)


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
