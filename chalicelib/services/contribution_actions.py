"""« Régulariser une cotisation »: pay it, have it corrected, or contest it; each once, with its trace (H43, H46, A15).

Paying by transfer gives a reference and changes nothing until the money is there. Paying by debit announces one, no
sooner than the notice allows. A correction or a contest is a démarche that an agent answers.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from chalicelib import clock
from chalicelib.domain.account import Account
from chalicelib.domain.company import Company
from chalicelib.domain.contributions.actions import Action, ActionKind, Asked, CorrectionReason, acted, open_actions
from chalicelib.domain.contributions.ask import ContributionAsk
from chalicelib.domain.contributions.contribution import MOST_ACTIONS, Contribution
from chalicelib.domain.contributions.issued import Debit
from chalicelib.domain.contributions.state import state_on
from chalicelib.domain.errors import Conflict, NotFound, Refused
from chalicelib.domain.mandate import Mandate
from chalicelib.domain.request import Actor, HistoryEntry, Request, RequestKind, RequestState, Ruling, Verdict
from chalicelib.services import messages, openers, tokens
from chalicelib.services.claims import reference
from chalicelib.services.contribution_wording import debit_ahead
from chalicelib.storage import accounts, companies, contributions, requests
from chalicelib.storage.transaction import Transaction, retry_stale

TITLES = {
    ActionKind.CORRECT: "Correction d’un appel de cotisation",
    ActionKind.CONTEST: "Contestation d’un appel de cotisation",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionForm:
    """What a company fills in."""

    kind: ActionKind
    reason: CorrectionReason | None = None
    explanation: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """A correction or a contest as an agent reads it: what was asked, by whom, about which contribution."""

    ask: ContributionAsk
    contribution: Contribution
    asked_by: str
    asked_at: datetime


def offered(contribution: Contribution, company: Company) -> tuple[ActionKind, ...]:
    """What may be done about a contribution now, payment first."""
    state = state_on(contribution.collection, clock.today())
    mandate = _mandate_for(contribution, company)
    return open_actions(state, owed_cents=contribution.owed_cents, has_mandate=mandate is not None)


def act(account: Account, company_id: str, number: str, form: ActionForm, *, idempotency_key: str) -> Action:
    """Do what a company asks about a statement; the same key finds the action that was done.

    Errors: ``NotFound``, also for another company's; ``Refused`` (``not_regularisable``, ``too_many_actions``);
    ``FieldErrors``; ``Conflict`` (``key_reused``).
    """
    action_id = tokens.derived_id("contribution-action", company_id, idempotency_key)
    return retry_stale(partial(_act, account, company_id, number, form, action_id))


def _act(account: Account, company_id: str, number: str, form: ActionForm, action_id: str) -> Action:
    contribution, issued, company = contributions.get(number), contributions.issued(number), companies.get(company_id)
    if contribution is None or issued is None or company is None or contribution.company_id != company_id:
        raise NotFound
    known = contribution.action(action_id)
    if known is not None:
        return _first(known, form)
    if len(contribution.actions) >= MOST_ACTIONS:
        raise Refused("too_many_actions", "Trop de demandes portent déjà sur cet appel\u00a0: écrivez-nous.")
    mandate = _mandate_for(contribution, company)
    asked = Asked(
        action_id=action_id,
        kind=form.kind,
        asked_by=account.account_id,
        asked_at=clock.now(),
        mandate_id=mandate.rum if mandate else "",
        reason=form.reason,
        explanation=form.explanation,
    )
    today, owed = clock.today(), contribution.owed_cents
    state = state_on(contribution.collection, today)
    action = acted(asked, statement=issued, state=state, owed_cents=owed, told_on=today)
    changed = _changed(contribution, action, mandate)
    with Transaction() as transaction:
        contributions.save(transaction, changed)
        if action.kind in TITLES:
            requests.save(transaction, _request(account, contribution, action))
    return action


def _first(known: Action, form: ActionForm) -> Action:
    if (known.kind, known.reason, known.explanation) != (form.kind, _reason(form), form.explanation):
        sentence = (
            "Cette clé «\u00a0Idempotency-Key\u00a0» a déjà servi à une autre demande\u00a0: prenez-en une nouvelle."
        )
        raise Conflict("key_reused", sentence)
    return known


def _reason(form: ActionForm) -> CorrectionReason | None:
    return form.reason if form.kind is ActionKind.CORRECT else None


def _changed(contribution: Contribution, action: Action, mandate: Mandate | None) -> Contribution:
    held = contribution.collection
    match action.kind:
        case ActionKind.PAY_BY_DEBIT if mandate is not None and action.debit_on is not None:
            debit = Debit(
                rum=mandate.rum,
                ics=mandate.ics,
                iban_masked=mandate.iban_masked,
                debit_on=action.debit_on,
                amount_cents=action.amount_cents,
            )
            expected = replace(held, debit_expected_on=action.debit_on, debit_rejected_on=None)
            return replace(contribution.with_action(action, expected), debit=debit)
        case ActionKind.CORRECT:
            return contribution.with_action(action, replace(held, regularising=True))
        case ActionKind.CONTEST:
            return contribution.with_action(action, replace(held, disputed=True))
        case _:
            return contribution.with_action(action, held)


def _request(account: Account, contribution: Contribution, action: Action) -> Request:
    request_id = tokens.derived_id("contribution-request", action.action_id)
    entry = HistoryEntry(
        at=action.asked_at, actor=f"employer:{account.account_id}", event="submitted", state=RequestState.IN_REVIEW
    )
    return Request(
        request_id=request_id,
        kind=RequestKind.CONTRIBUTION,
        member_id="",
        company_id=contribution.company_id,
        opened_by=Actor.EMPLOYER,
        account_id=account.account_id,
        state=RequestState.IN_REVIEW,
        title=f"{TITLES[action.kind]} ({contribution.number})",
        contribution=ContributionAsk(
            number=contribution.number,
            contract_number=contribution.contract_number,
            action_id=action.action_id,
            kind=action.kind,
            reason=action.reason,
            explanation=action.explanation,
        ),
        history=(entry,),
        created_at=action.asked_at,
    )


def _mandate_for(contribution: Contribution, company: Company) -> Mandate | None:
    """The mandate that a debit may rest on; none while one is announced already."""
    if contribution.debit_on is not None or company.bank is None:
        return None
    return company.bank.mandate_on(clock.now())


def read(ask: ContributionAsk) -> Read:
    """What an agent reads to answer a correction or a contest.

    Errors: ``NotFound``.
    """
    contribution = contributions.get(ask.number)
    action = contribution.action(ask.action_id) if contribution else None
    if contribution is None or action is None:
        raise NotFound
    account = accounts.get(action.asked_by)
    return Read(ask=ask, contribution=contribution, asked_at=action.asked_at, asked_by=_name_of(account))


def _name_of(account: Account | None) -> str:
    return (account.display_name or account.email or "") if account else ""


def decide(request: Request, ruling: Ruling) -> Request:
    """Record an agent's answer to a correction or a contest; the contribution goes on, and the company is told.

    What is accepted is mended where it was wrong (an affiliation, a family, a pay, a tariff): the next statement then
    corrects the months at stake by itself.

    Errors: ``Conflict`` when it was answered, or for a verdict that has no sense here.
    """
    ask = request.contribution
    if ask is None:
        raise NotFound
    if ruling.verdict not in {Verdict.ACCEPT, Verdict.REFUSE}:
        raise Conflict("invalid_transition", "Cette demande s’accepte ou se refuse.")
    now = clock.now()
    accepted = ruling.verdict is Verdict.ACCEPT
    decided = request.moved_to(
        RequestState.ACCEPTED if accepted else RequestState.REFUSED,
        at=now,
        actor=ruling.actor,
        event="accepted" if accepted else "refused",
        reason=ruling.reason,
    )
    contribution = contributions.get(ask.number)
    if contribution is None:
        raise NotFound
    answered = contribution.answered(on=clock.today())
    recipient = openers.email_of(request)
    context = {"reference": reference(request.request_id), "number": ask.number, "debit": debit_ahead(answered)}
    with Transaction() as transaction:
        requests.save(transaction, decided)
        contributions.save(transaction, answered)
        message_ids = messages.tell(
            transaction,
            recipient,
            "contribution_decided",
            occasion=f"contribution-decided:{request.request_id}",
            context=context,
            about=request.request_id,
        )
    messages.dispatch(*message_ids)
    return replace(decided, version=decided.version + 1)
