"""Changing an account: RIB, signature on line with a code by SMS, a delay, then the new account (H81, H83, H86, M89).

A change is a démarche for one use. An account to be debited needs a SEPA mandate, written once the RIB was received and
inspected; one to be paid is confirmed as it was typed (M87, M88). Signing starts the delay, and everybody who could
have asked for the change is told how to freeze it. The former account serves until the delay is over (A14). A newer
change ends the older one, but one that was signed only once the newer one is signed too; freezing one ends them all,
and the next waits for a while or for an agent.

Whose account it is, is the business of ``bank_holders``.
"""

import hmac
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import partial

from chalicelib import clock
from chalicelib.domain.account import Account, AccountKind
from chalicelib.domain.errors import Conflict, NotFound, Refused
from chalicelib.domain.mandate import (
    AccountUse,
    Bank,
    BankChange,
    Evidence,
    Mandate,
    MandateState,
    SignatureCode,
    Verdict,
    rum_of,
)
from chalicelib.domain.request import Actor, HistoryEntry, Request, RequestKind, RequestState
from chalicelib.gateways import documents, queues, secrets
from chalicelib.identifiers import bic_of, mask_iban
from chalicelib.services import messages, repeats, signatures, tokens
from chalicelib.services.bank_holders import Holder, of_request
from chalicelib.services.deadlines import settle_overdue
from chalicelib.settings import creditor_id, insurer
from chalicelib.storage import requests
from chalicelib.storage.transaction import Transaction, retry_stale
from chalicelib.texts.dates import moment_in_words

OPEN = {RequestState.PENDING_DOCUMENTS, RequestState.PENDING_SIGNATURE, RequestState.SCHEDULED}

REPLACED = "Un changement plus récent l’a remplacé."
GIVEN_UP = "Un administrateur y a renoncé."
GIVEN_UP_BY_MEMBER = "Vous y avez renoncé."
FROZEN = "Il a été bloqué par le lien du courriel qui l’annonçait."
FROZEN_BY_AGENT = "Nos gestionnaires l’ont bloqué."
NEVER_COMPLETED = "Il n’a pas été mené à son terme dans le délai."
FREEZES = {"frozen", "frozen_by_agent"}
"""The events after which another change has to wait."""

MAILS = {
    AccountUse.DEBITS: "bank_change",
    AccountUse.REIMBURSEMENTS: "refund_account",
}
"""How the names of the mails about a change begin, for each use."""

CODES = {
    AccountUse.DEBITS: "signature_code",
    AccountUse.REIMBURSEMENTS: "refund_account_code",
}
"""The SMS that brings the code, for each use."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BankForm:
    """An account as it was typed, already checked: the IBAN in capitals and without spaces (H87)."""

    iban: str
    holder: str
    bic: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """What a key stands for; the IBAN by the hash that only KMS can make."""

    use: AccountUse
    form: BankForm


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """The accounts of a holder at an instant, and the change that is under way."""

    bank: Bank
    at: datetime
    change: Request | None

    @property
    def latest(self) -> Mandate | None:
        """The mandate of the account in use, or the last one that was."""
        begun = [
            one for one in self.bank.mandates if one.comes_into_effect and (one.effective_at or self.at) <= self.at
        ]
        return begun[-1] if begun else None


def overview(holder: Holder) -> Overview:
    """The account in use, and the change under way: one whose delay is over is no longer a change."""
    now = clock.now()
    return Overview(bank=holder.bank, at=now, change=next(_under_way(holder.bank, now), None))


def _under_way(bank: Bank, at: datetime) -> Iterator[Request]:
    """The changes that may still be ended: the one asked for last, then the one that was signed before it."""
    signed = [one.request_id for one in bank.mandates if bank.state_of(one, at) is MandateState.SIGNED]
    for request_id in dict.fromkeys([bank.change_id, *signed]):
        request = requests.get(request_id) if request_id else None
        if request is not None and _may_end(request, at):
            yield request


def ask(
    find: Callable[[], Holder], form: BankForm, *, account_id: str, holder_id: str, idempotency_key: str
) -> Request:
    """Open a change of account; it waits for the RIB (H83). The same key again gives the same change.

    A change that was under way ends, and those concerned are told; one that was signed goes on until this one is.
    Errors: ``NotFound``; ``Stale``; ``Conflict`` for a while after a change was frozen, or when the key has opened
    another change.
    """
    request_id = tokens.derived_id("bank-details", holder_id, idempotency_key)
    return retry_stale(partial(_ask, find, form, account_id, request_id))


def _ask(find: Callable[[], Holder], form: BankForm, account_id: str, request_id: str) -> Request:
    holder, now = find(), clock.now()
    asked = _fingerprint(holder.use, form)
    known = requests.get(request_id)
    if known is not None:
        return repeats.first_answer(known, asked)
    held_until = holder.bank.held_until(now)
    if held_until is not None:
        raise _held(held_until)
    change = BankChange(mandate=_draft(holder, form, request_id, now))
    request = replace(holder.draft(request_id, account_id, change, at=now), fingerprint=asked)
    older = requests.get(holder.bank.change_id) if holder.bank.change_id else None
    bank, message_ids = holder.bank, []
    with Transaction() as transaction:
        requests.save(transaction, request)
        if older is not None and older.state is not RequestState.SCHEDULED and _may_end(older, now):
            bank = _end(transaction, older, bank, at=now, actor=account_id, event="replaced", reason=REPLACED)
            message_ids = _tell_ended(transaction, holder, older, REPLACED)
        holder.save(transaction, replace(bank, change_id=request_id, frozen_at=None), at=now)
    messages.dispatch(*message_ids)
    return replace(request, version=1)


def _fingerprint(use: AccountUse, form: BankForm) -> str:
    lookup = secrets.lookup_hash(form.iban, field="iban")
    return repeats.fingerprint(_Asked(use=use, form=replace(form, iban=lookup)))


def _held(until: datetime) -> Conflict:
    sentence = (
        f"Un changement vient d’être bloqué\u00a0: vous pourrez en demander un autre le {moment_in_words(until)}, "
        "ou plus tôt si nos gestionnaires lèvent le blocage. Écrivez-nous."
    )
    return Conflict("change_frozen", sentence, asked_again_at=until.isoformat())


def _draft(holder: Holder, form: BankForm, request_id: str, at: datetime) -> Mandate:
    """What is to be signed: the mandate of an account to debit, or the designation of one to pay."""
    return (
        _mandate(holder, form, request_id, at)
        if holder.use is AccountUse.DEBITS
        else _designation(holder, form, request_id, at)
    )


def _designation(holder: Holder, form: BankForm, request_id: str, at: datetime) -> Mandate:
    written_on = clock.paris_day(at)
    return Mandate(
        rum=rum_of(holder.reference, written_on=written_on, distinct=request_id),
        ics="",
        use=holder.use,
        creditor_name="",
        creditor_address="",
        debtor_name=holder.name,
        debtor_address="",
        place="",
        holder=form.holder,
        iban_sealed=secrets.seal(form.iban, field="iban"),
        iban_masked=mask_iban(form.iban),
        bic=form.bic or bic_of(form.iban),
        request_id=request_id,
        written_on=written_on,
    )


def _mandate(holder: Holder, form: BankForm, request_id: str, at: datetime) -> Mandate:
    written_on = clock.paris_day(at)
    place = holder.address
    return Mandate(
        rum=rum_of(holder.reference, written_on=written_on, distinct=request_id),
        ics=creditor_id(),
        creditor_name=insurer().name,
        creditor_address=insurer().address,
        debtor_name=holder.name,
        debtor_address=place.in_one_line,
        place=place.city,
        holder=form.holder,
        iban_sealed=secrets.seal(form.iban, field="iban"),
        iban_masked=mask_iban(form.iban),
        bic=form.bic or bic_of(form.iban),
        request_id=request_id,
        written_on=written_on,
    )


def progress(request: Request) -> None:
    """Have the mandate written once the RIB is there, or the account to pay confirmed; asking again is harmless."""
    if request.state is not RequestState.PENDING_DOCUMENTS or request.missing:
        return
    if _change(request).mandate.use is AccountUse.DEBITS:
        _have_written(request)
    else:
        retry_stale(partial(_offer, request.request_id))


def _offer(request_id: str) -> None:
    """Put the designation of an account to pay before its holder: its text is what the code confirms (M88)."""
    request = _bank_request(request_id)
    if request.state is not RequestState.PENDING_DOCUMENTS or request.missing:
        return
    moved = request.moved_to(
        RequestState.PENDING_SIGNATURE, at=clock.now(), actor=Actor.SYSTEM, event="ready_to_confirm"
    )
    change = _change(request)
    with Transaction() as transaction:
        requests.save(transaction, replace(moved, bank_change=replace(change, document_sha256=change.text_sha256)))


def _have_written(request: Request) -> None:
    queues.send("documents", {"document": "mandate", "request_id": request.request_id})


def mandate_link(request: Request) -> str:
    """A short-lived link to the mandate: the one to sign, then the signed one with its page of evidence.

    Errors: ``Conflict`` while the RIB is missing or the document is being written; ``NotFound`` for an account to pay,
    which has no mandate.
    """
    change = _change(request)
    if change.mandate.use is AccountUse.REIMBURSEMENTS:
        raise NotFound("Un compte de remboursement n’a pas de mandat\u00a0: rien n’y sera prélevé.")
    if change.document_sha256 is None:
        progress(request)
        raise _not_ready()
    key = change.signed_key if change.evidence else change.document_key
    if not documents.exists("documents", key):
        _have_written(request)
        raise _not_ready()
    return documents.download_link("documents", key, name=f"mandat-{change.mandate.rum}.pdf")


def _not_ready() -> Conflict:
    sentence = "Le mandat est préparé dès que le RIB est reçu et contrôlé\u00a0: revenez dans quelques minutes."
    return Conflict("document_not_ready", sentence)


def send_code(account: Account, request_id: str) -> SignatureCode:
    """Send the account a code to sign the mandate (H85); one sent just before counts for a repeated request.

    Errors: ``Conflict`` without a mobile number, with one that has replaced another too lately, or when there is
    nothing to sign; ``TooManyAttempts``.
    """
    mobile = signatures.settled_mobile_of(account)
    _, change, document = _to_sign(request_id)
    kept = _just_sent(account, change, document)
    if kept is not None:
        return kept
    signatures.admit_sending(account)
    return retry_stale(partial(_send_code, account, request_id, mobile))


def _just_sent(account: Account, change: BankChange, document: str) -> SignatureCode | None:
    code, now = change.code, clock.now()
    if code is None or not code.just_sent(now) or not code.serves(document, account_id=account.account_id, at=now):
        return None
    return code


def _send_code(account: Account, request_id: str, mobile: str) -> SignatureCode:
    request, change, document = _to_sign(request_id)
    sent_meanwhile = _just_sent(account, change, document)
    if sent_meanwhile is not None:
        return sent_meanwhile
    code, kept = signatures.new_code(account, request_id=request_id, document_sha256=document)
    number = change.codes + 1
    with Transaction() as transaction:
        requests.save(transaction, replace(request, bank_change=replace(change, code=kept, codes=number)))
        message_id = signatures.write_code(
            transaction,
            code,
            kept,
            recipient=mobile,
            occasion=f"signature-code:{request_id}:{number}",
            template=CODES[change.mandate.use],
        )
    messages.dispatch(message_id)
    return kept


def sign(account: Account, request_id: str, code: str, *, source_ip: str) -> Request:
    """Sign the mandate with the code received (H84, H85); the delay before the new account is used begins (H86).

    One that was signed before and is not in use yet ends, and those concerned are told.
    Errors: ``FieldErrors`` on ``code`` for a wrong one; ``Refused`` for one that no longer serves; ``Conflict``.
    """
    signatures.settled_mobile_of(account)
    return retry_stale(partial(_sign, account, request_id, code, source_ip))


def _sign(account: Account, request_id: str, typed: str, source_ip: str) -> Request:
    request, change, document = _to_sign(request_id)
    verdict, code = signatures.judge(change.code, typed, account, request_id=request_id, document_sha256=document)
    judged = replace(change, code=code)
    if verdict is not Verdict.ACCEPTED:
        if code != change.code:
            with Transaction() as transaction:
                requests.save(transaction, replace(request, bank_change=judged))
        raise signatures.refusal(verdict, code)
    signed, token = _signed(request, judged, account, source_ip)
    holder, now = of_request(request), clock.now()
    bank, message_ids = holder.bank, []
    replaced = [one for one in _under_way(bank, now) if one.request_id != request_id]
    with Transaction() as transaction:
        requests.save(transaction, signed)
        for older in replaced:
            bank = _end(transaction, older, bank, at=now, actor=account.account_id, event="replaced", reason=REPLACED)
            message_ids += _tell_ended(transaction, holder, older, REPLACED)
        holder.save(transaction, bank.with_mandate(_change(signed).mandate), at=now)
        message_ids += _tell_signed(transaction, holder, signed, token)
    messages.dispatch(*message_ids)
    _have_written(signed)
    return replace(signed, version=signed.version + 1)


def _signed(request: Request, change: BankChange, account: Account, source_ip: str) -> tuple[Request, str]:
    """The démarche once signed, and the token that freezes it."""
    now = clock.now()
    code = change.code
    if code is None or change.document_sha256 is None:
        raise NotFound
    mandate = change.mandate.signed(now)
    evidence = Evidence(
        request_id=request.request_id,
        rum=mandate.rum,
        document_sha256=change.document_sha256,
        account_id=account.account_id,
        signer=account.display_name,
        phone_masked=code.phone_masked,
        code_issued_at=code.issued_at,
        signed_at=now,
        source_ip=source_ip,
        tries=code.tries,
    )
    token, digest = tokens.new_token(request.request_id)
    moved = request.moved_to(RequestState.SCHEDULED, at=now, actor=account.account_id, event="signed")
    signed = replace(change, mandate=mandate, evidence=evidence, freeze_hash=digest)
    return replace(moved, bank_change=signed, due_on=clock.paris_day(mandate.effective_at or now)), token


def give_up(account: Account, request_id: str) -> None:
    """End a change whose new account is not in use yet, whoever of the holder's asks. Safe to repeat.

    Errors: ``Conflict`` once the new account is in use.
    """
    reason = GIVEN_UP_BY_MEMBER if account.kind is AccountKind.MEMBER else GIVEN_UP
    retry_stale(partial(_stop, request_id, account.account_id, "given_up", reason))


def freeze_for_agent(agent: Account, request_id: str) -> None:
    """End a change, and any that followed it, on behalf of the insurer; the next one has to wait. Safe to repeat.

    Errors: ``NotFound``; ``Conflict`` once the new account is in use.
    """
    retry_stale(partial(_freeze, request_id, agent.account_id, "frozen_by_agent", FROZEN_BY_AGENT))


def release(agent: Account, request_id: str) -> None:
    """Let another change be asked for after this one was frozen, the holder having been asked. Safe to repeat.

    Errors: ``NotFound``, also for a change that was not frozen.
    """
    retry_stale(partial(_release, agent, request_id))


def _release(agent: Account, request_id: str) -> None:
    request, now = _bank_request(request_id), clock.now()
    if not _is_frozen(request):
        raise NotFound
    holder = of_request(request)
    if holder.bank.held_until(now) is None:
        return
    entry = HistoryEntry(at=now, actor=f"agent:{agent.account_id}", event="freeze_released", state=request.state)
    with Transaction() as transaction:
        requests.save(transaction, replace(request, history=(*request.history, entry)))
        holder.save(transaction, replace(holder.bank, frozen_at=None), at=now)


def freeze(token: str) -> None:
    """End a signed change, and any that followed it, with the link that its notice gave. Safe to repeat.

    The next one has to wait; also when this one had ended already, given up or replaced by whoever signed it.
    Errors: ``Refused`` for a link that is none of ours, or once the new account is in use.
    """
    request_id = tokens.owner_of(token)
    request = requests.get(request_id) if request_id else None
    known = request.bank_change.freeze_hash if request and request.bank_change else None
    if request is None or known is None or not hmac.compare_digest(known, tokens.token_hash(token)):
        raise Refused("link_unusable", "Ce lien n’est plus valable\u00a0: écrivez-nous si le changement vous inquiète.")
    retry_stale(partial(_freeze, request.request_id, "freeze_link", "frozen", FROZEN))


def _is_frozen(request: Request) -> bool:
    return any(entry.event in FREEZES for entry in request.history)


def _freeze(request_id: str, actor: str, event: str, reason: str) -> None:
    request, now = _bank_request(request_id), clock.now()
    if _is_frozen(request):
        return
    if request.state is not RequestState.CLOSED and not _may_end(request, now):
        raise _in_use()
    holder = of_request(request)
    bank, message_ids = holder.bank, []
    ended = list(_under_way(bank, now))
    with Transaction() as transaction:
        for one in ended:
            bank = _end(transaction, one, bank, at=now, actor=actor, event=event, reason=reason)
            message_ids += _tell_ended(transaction, holder, one, reason)
        if request.state is RequestState.CLOSED:
            entry = HistoryEntry(at=now, actor=actor, event=event, state=request.state)
            requests.save(transaction, replace(request, history=(*request.history, entry)))
        holder.save(transaction, replace(bank, frozen_at=now), at=now)
    messages.dispatch(*message_ids)


def _in_use() -> Conflict:
    sentence = "Le nouveau compte est déjà en service\u00a0: demandez un nouveau changement, ou écrivez-nous."
    return Conflict("already_effective", sentence)


def _stop(request_id: str, actor: str, event: str, reason: str) -> None:
    request, now = _bank_request(request_id), clock.now()
    if request.state is RequestState.CLOSED:
        return
    if not _may_end(request, now):
        raise _in_use()
    holder = of_request(request)
    with Transaction() as transaction:
        bank = _end(transaction, request, holder.bank, at=now, actor=actor, event=event, reason=reason)
        holder.save(transaction, bank, at=now)
        message_ids = _tell_ended(transaction, holder, request, reason)
    messages.dispatch(*message_ids)


def settle_due() -> int:
    """Record the changes whose delay is over, and end those that nobody completed; returns how many.

    The new account is in use from the very instant on, whenever this runs.
    """
    return settle_overdue(requests.waiting_until, _settle)


def _settle(request_id: str, today: date) -> bool:
    request, now = requests.get(request_id), clock.now()
    if request is None or request.kind is not RequestKind.BANK_DETAILS:
        return False
    late = request.due_on is not None and request.due_on < today
    if request.state is RequestState.SCHEDULED and _change(request).effective_at(now):
        _record_effect(request, now)
    elif late and request.state in OPEN - {RequestState.SCHEDULED} and not request.scanning:
        _stop(request_id, Actor.SYSTEM, "never_completed", NEVER_COMPLETED)
    else:
        return False
    return True


def _record_effect(request: Request, at: datetime) -> None:
    holder = of_request(request)
    moved = request.moved_to(RequestState.ACCEPTED, at=at, actor=Actor.SYSTEM, event="effective")
    bank = holder.bank
    since = _change(request).mandate.effective_at or at
    context = {"holder": holder.name, "changed_at": moment_in_words(since)}
    with Transaction() as transaction:
        requests.save(transaction, moved)
        settled = replace(bank, change_id=None) if bank.change_id == request.request_id else bank
        holder.save(transaction, settled, at=at)
        message_ids = _tell(transaction, holder, request, "effective", context)
    messages.dispatch(*message_ids)
    _have_written(moved)


def _to_sign(request_id: str) -> tuple[Request, BankChange, str]:
    """A change that waits for its signature, and the hash of its mandate.

    Errors: ``Conflict`` when it is signed already, or not yet to be signed.
    """
    request = _bank_request(request_id)
    change = _change(request)
    if change.evidence is not None:
        raise Conflict("already_signed", "Ce mandat est déjà signé.")
    if request.state is not RequestState.PENDING_SIGNATURE or change.document_sha256 is None:
        raise Conflict("nothing_to_sign", "Cette démarche n’attend pas de signature.")
    return request, change, change.document_sha256


def _bank_request(request_id: str) -> Request:
    request = requests.get(request_id)
    if request is None or request.kind is not RequestKind.BANK_DETAILS:
        raise NotFound
    return request


def of_company(company_id: str, request_id: str) -> Request:
    """A change of account of a company.

    Errors: ``NotFound``, also for another company's and for another démarche (H121).
    """
    request = _bank_request(request_id)
    if request.opened_by is not Actor.EMPLOYER or request.company_id != company_id:
        raise NotFound
    return request


def of_member(member_id: str, request_id: str) -> Request:
    """A change of account of a member.

    Errors: ``NotFound``, also for another member's and for another démarche.
    """
    request = _bank_request(request_id)
    if request.opened_by is not Actor.MEMBER or request.member_id != member_id:
        raise NotFound
    return request


def _change(request: Request) -> BankChange:
    if request.bank_change is None:
        raise NotFound
    return request.bank_change


def _may_end(request: Request, at: datetime) -> bool:
    return request.state in OPEN and not _change(request).effective_at(at)


def _end(
    transaction: Transaction, request: Request, bank: Bank, *, at: datetime, actor: str, event: str, reason: str
) -> Bank:
    """Close a change; returns the holder's accounts without it."""
    closed = request.moved_to(RequestState.CLOSED, at=at, actor=actor, event=event, reason=reason)
    requests.save(transaction, closed)
    return bank.without_change(request.request_id, at=at)


def _tell_ended(transaction: Transaction, holder: Holder, request: Request, reason: str) -> list[str]:
    return _tell(transaction, holder, request, "ended", {"holder": holder.name, "reason": reason})


def _tell_signed(transaction: Transaction, holder: Holder, request: Request, token: str) -> list[str]:
    effective_at = _change(request).mandate.effective_at
    context = {
        "holder": holder.name,
        "link": messages.link_to("blocage-rib", token),
        "valid_until": moment_in_words(effective_at or clock.now()),
    }
    return _tell(transaction, holder, request, "signed", context)


def _tell(transaction: Transaction, holder: Holder, request: Request, what: str, context: dict[str, str]) -> list[str]:
    template = f"{MAILS[holder.use]}_{what}"
    return [
        messages.write(
            transaction,
            occasion=f"{template}:{request.request_id}:{rank}",
            template=template,
            recipient=recipient,
            context=context,
            about=request.request_id,
        )
        for rank, recipient in enumerate(holder.to_tell())
    ]
