"""Unpaid contributions: reminder and formal notice by the clock, suspension and termination by an agent only.

Each step is a dated fact of the contribution, written in one transaction with the mails that tell the company and,
from the formal notice on, with the file by which agents follow the debt. A run that is late takes one step a day at
most, one that is repeated none; what comes after a transaction (waking the mailer, the PDF) is found again by the
outbox and by whoever asks for the document. Contested or being corrected, a contribution has no next step.

- Dossier 4.5, 10: the steps and their delays; A15: a company may pay, correct or contest meanwhile.
- Nothing is suspended by a clock: cover is suspended once an agent confirms it, and only after the registered letter.
- Care of a suspended day is held for an agent (``settling``); cover resumes the day after the debt is paid, by itself.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import partial

from chalicelib import clock
from chalicelib.domain.account import Account
from chalicelib.domain.company import Company, Contract, Risk
from chalicelib.domain.contributions.contribution import Contribution
from chalicelib.domain.contributions.dunning import DunningStep, cover_resumes_on, next_step, taken
from chalicelib.domain.contributions.dunning_file import DunningFile, DunningTask, RegisteredLetter
from chalicelib.domain.contributions.suspension import Suspension, paid_off_on
from chalicelib.domain.errors import NotFound, Refused
from chalicelib.domain.money import Cents
from chalicelib.gateways import queues
from chalicelib.observability import log
from chalicelib.services import companies, messages
from chalicelib.services.contribution_mails import managers_of
from chalicelib.services.contribution_wording import period_in_words
from chalicelib.storage import contracts, contributions, dunning
from chalicelib.storage.transaction import Stale, Transaction, retry_stale
from chalicelib.texts.dates import day_in_words
from chalicelib.texts.messages import MAILS

MISSED_RUNS = 31
"""How many days without a run are made up for."""
DEEP_LOOK = 430
"""How many days Monday's run looks back: a debit may come back thirteen months later; an old debt is then due again."""
MONDAY = 0
FILES_AT_ONCE = 100
TEMPLATES = {
    DunningStep.REMINDER: "contribution_reminder",
    DunningStep.FORMAL_NOTICE: "contribution_formal_notice",
    DunningStep.SUSPENSION: "contribution_suspended",
    DunningStep.TERMINATION: "contribution_terminated",
}
PROVIDENT_SUSPENDED = "contribution_suspended_prevoyance"
RESUMED = "contribution_resumed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed:
    """A file with what is owed now and what waits for an agent. Units: cents."""

    file: DunningFile
    owed_cents: Cents
    task: DunningTask | None


def follow() -> int:
    """Take the automatic steps whose day has come, and let cover resume where all is paid; returns how many of both."""
    today = clock.today()
    done = 0
    for back in range((DEEP_LOOK if today.weekday() == MONDAY else MISSED_RUNS) + 1):
        for number in contributions.to_follow(today - timedelta(days=back)):
            done += _left_for_next_run(partial(_advance, number, today))
    after: str | None = None
    while True:
        files, after = dunning.page_of_open(after=after, limit=FILES_AT_ONCE)
        for number in [one.number for one in files]:
            done += _left_for_next_run(partial(_settle, number))
        if after is None:
            return done


def page(*, after: str | None, limit: int) -> tuple[list[Followed], str | None]:
    """One page of the debts that agents follow, oldest notice first, and ``after`` for the next page."""
    files, following = dunning.page_of_open(after=after, limit=limit)
    known = contributions.several({one.number for one in files})
    return [_followed(one, known[one.number]) for one in files if one.number in known], following


def get(number: str) -> Followed:
    """The file of a debt.

    Errors: ``NotFound``.
    """
    file, contribution = _load(number)
    return _followed(file, contribution)


def record_letter(agent: Account, number: str, *, sent_on: date, reference: str) -> Followed:
    """Record that the registered letter was sent; the delay of the law runs from that day. Safe to repeat.

    Errors: ``NotFound``; ``FieldErrors`` on ``sent_on``; ``Refused`` (``letter_recorded``).
    """
    letter = RegisteredLetter(sent_on=sent_on, reference=reference, recorded_by=agent.account_id)

    def attempt() -> None:
        file, _ = _load(number)
        changed = file.with_letter(letter, today=clock.today())
        if changed != file:
            with Transaction() as transaction:
                dunning.save(transaction, changed)

    retry_stale(attempt)
    log("dunning", outcome="letter", account_id=agent.account_id)
    return get(number)


def suspend(agent: Account, number: str, *, reason: str) -> Followed:
    """Suspend the cover of the contract for a debt, from today on, as an agent decides; the company is told.

    Errors: ``NotFound``; ``Refused`` (``letter_not_sent``, ``step_not_open``, ``step_too_soon``).
    """
    retry_stale(partial(_suspend, agent, number, reason))
    return get(number)


def terminate(agent: Account, number: str, *, reason: str) -> Followed:
    """End the contract for a debt, today being its last day, as an agent decides; the company is told.

    Errors: ``NotFound``; ``Refused`` (``letter_not_sent``, ``step_not_open``, ``step_too_soon``).
    """
    retry_stale(partial(_terminate, agent, number, reason))
    return get(number)


def resume(number: str) -> Followed:
    """Let cover resume for a debt that is paid, without waiting for the daily run; safe to repeat.

    Errors: ``NotFound``; ``Refused`` (``not_paid``) while something is owed.
    """
    _, contribution = _load(number)
    if contribution.owed_cents > 0:
        raise Refused("not_paid", "Cet appel n’est pas entièrement payé\u00a0: les garanties restent suspendues.")
    retry_stale(partial(_settle, number))
    return get(number)


def suspended_from(contract: Contract, day: date) -> date | None:
    """Since when the cover of a contract is suspended on a day for unpaid contributions; none while it is not."""
    return min((one.starts_on for one in contract.suspensions if one.holds(day)), default=None)


def _left_for_next_run(attempt: partial[bool]) -> int:
    """Whether something was done; a contribution that others keep writing is left for the next run."""
    try:
        return int(retry_stale(attempt))
    except Stale:
        log("dunning", outcome="left")
        return 0


def _advance(number: str, today: date) -> bool:
    """Take the next step about a contribution, when it is automatic and none was taken today."""
    contribution = contributions.get(number)
    following = next_step(contribution.collection, today) if contribution else None
    if contribution is None or following is None or today < following.from_day:
        return False
    if not following.step.automatic:
        return _reopen(contribution)
    if contribution.collection.reminded_on == today:
        return False
    changed = replace(contribution, collection=taken(contribution.collection, following.step, on=today))
    company = companies.get(contribution.company_id)
    with Transaction() as transaction:
        contributions.save(transaction, changed)
        if following.step is DunningStep.FORMAL_NOTICE:
            dunning.save(transaction, _opened(contribution, company, today))
        message_ids = _tell(transaction, changed, company, TEMPLATES[following.step], today)
    messages.dispatch(*message_ids)
    if following.step is DunningStep.FORMAL_NOTICE:
        request_notice(number)
    log("dunning", company_id=contribution.company_id, step=following.step.value, outcome="taken")
    return True


def _reopen(contribution: Contribution) -> bool:
    """Follow a debt again whose payment came back after its file was closed; a cover that resumed is not suspended."""
    file = dunning.get(contribution.number)
    if file is None or not file.closed or file.terminated_on:
        return False
    reopened = replace(contribution, collection=replace(contribution.collection, suspended_on=None))
    with Transaction() as transaction:
        contributions.save(transaction, reopened)
        dunning.save(transaction, replace(file, closed=False, suspended_on=None, resumed_on=None))
    log("dunning", company_id=file.company_id, outcome="reopened")
    return True


def request_notice(number: str) -> None:
    """Have the formal notice written; safe to repeat."""
    queues.send("documents", {"document": "formal_notice", "number": number})


def _opened(contribution: Contribution, company: Company, today: date) -> DunningFile:
    return DunningFile(
        number=contribution.number,
        company_id=contribution.company_id,
        company_name=company.name,
        contract_id=contribution.contract_id,
        contract_number=contribution.contract_number,
        due_on=contribution.collection.due_on,
        formal_notice_on=today,
        noticed_cents=contribution.owed_cents,
    )


def _suspend(agent: Account, number: str, reason: str) -> None:
    file, contribution = _load(number)
    if file.is_suspended:
        return
    today = clock.today()
    file.check(DunningTask.SUSPENSION, contribution.collection, today)
    suspension = Suspension(number=number, starts_on=today, decided_by=agent.account_id, reason=reason)
    _take(
        DunningStep.SUSPENSION,
        agent,
        contribution,
        replace(file, suspended_on=today),
        lambda contract: replace(contract, suspensions=(*contract.suspensions, suspension)),
    )


def _terminate(agent: Account, number: str, reason: str) -> None:
    file, contribution = _load(number)
    if file.terminated_on:
        return
    today = clock.today()
    file.check(DunningTask.TERMINATION, contribution.collection, today)
    ended = replace(file, terminated_on=today, termination_reason=reason, terminated_by=agent.account_id, closed=True)
    _take(DunningStep.TERMINATION, agent, contribution, ended, partial(_ended, last_day=today))


def _take(
    step: DunningStep,
    agent: Account,
    contribution: Contribution,
    file: DunningFile,
    amend: Callable[[Contract], Contract],
) -> None:
    """Take a step that an agent decided: the file as it becomes, the change of the contract; the company is told."""
    today = clock.today()
    collection = taken(contribution.collection, step, on=today, decided_by=agent.account_id)
    changed = replace(contribution, collection=collection)
    company = companies.get(file.company_id)
    with Transaction() as transaction:
        contributions.save(transaction, changed)
        dunning.save(transaction, file)
        contract = contracts.amend(transaction, file.company_id, file.contract_id, amend)
        provident = step is DunningStep.SUSPENSION and contract.risk is Risk.PROVIDENT
        template = PROVIDENT_SUSPENDED if provident else TEMPLATES[step]
        message_ids = _tell(transaction, changed, company, template, today)
    messages.dispatch(*message_ids)
    log("dunning", company_id=file.company_id, step=step.value, account_id=agent.account_id)


def _ended(contract: Contract, *, last_day: date) -> Contract:
    known = contract.ends_on
    return replace(contract, ends_on=last_day if known is None else min(known, last_day))


def _settle(number: str) -> bool:
    """Close the file of a debt that is paid; a suspended cover resumes the day after the payment."""
    file, contribution = _load(number)
    if file.closed or contribution.owed_cents > 0:
        return False
    if not file.is_suspended:
        with Transaction() as transaction:
            dunning.save(transaction, replace(file, closed=True))
        return True
    ledger = contributions.ledger(file.company_id, file.contract_id)
    resumes_on = max(cover_resumes_on(paid_off_on(ledger, number) or clock.today()), file.suspended_on or date.min)
    company = companies.get(file.company_id)
    with Transaction() as transaction:
        dunning.save(transaction, replace(file, resumed_on=resumes_on, closed=True))
        contracts.amend(
            transaction, file.company_id, file.contract_id, partial(_resumed, number=number, resumes_on=resumes_on)
        )
        message_ids = _tell(transaction, contribution, company, RESUMED, resumes_on)
    messages.dispatch(*message_ids)
    log("dunning", company_id=file.company_id, outcome="resumed")
    return True


def _resumed(contract: Contract, *, number: str, resumes_on: date) -> Contract:
    return replace(
        contract,
        suspensions=tuple(
            replace(one, ends_before=resumes_on) if one.number == number and one.ends_before is None else one
            for one in contract.suspensions
        ),
    )


def _load(number: str) -> tuple[DunningFile, Contribution]:
    file, contribution = dunning.get(number), contributions.get(number)
    if file is None or contribution is None:
        raise NotFound
    return file, contribution


def _followed(file: DunningFile, contribution: Contribution) -> Followed:
    return Followed(
        file=file,
        owed_cents=contribution.owed_cents,
        task=file.task_on(contribution.collection, clock.today()),
    )


def _tell(
    transaction: Transaction, contribution: Contribution, company: Company, template: str, day: date
) -> list[str]:
    """The mails that tell those who manage a company's contracts of a step of a day, once each; their ids."""
    known = {
        "company": company.name,
        "contract_number": contribution.contract_number,
        "number": contribution.number,
        "period": period_in_words(contribution.period),
        "due_on": day_in_words(contribution.collection.due_on),
        "day": day_in_words(day),
    }
    context = {key: text for key, text in known.items() if key in MAILS[template]}
    return [
        messages.write(
            transaction,
            occasion=f"{template.replace('_', '-')}:{contribution.number}:{day.isoformat()}:{user.account_id}",
            template=template,
            recipient=user.email,
            context=context,
            about=company.company_id,
        )
        for user in managers_of(company.company_id)
    ]
