"""Payments as agents follow them: files for the bank, transfers that something stops, professionals’ accounts."""

from datetime import date, datetime
from typing import Annotated

from pydantic import Field

from chalicelib.api import cursors
from chalicelib.api.cursors import Cursor
from chalicelib.api.routing import ApiBlueprint
from chalicelib.api.schemas import Body, View
from chalicelib.api.session import Access, Caller
from chalicelib.api.views import Link
from chalicelib.domain.bank_reason import reason
from chalicelib.domain.errors import FieldErrors
from chalicelib.domain.journal import DataGroup
from chalicelib.domain.payees import Professional
from chalicelib.domain.payments import Batch, BatchKind, BatchState, waits_for_account
from chalicelib.domain.reimbursement import PaymentOrder, PaymentState
from chalicelib.identifiers import InvalidIdentifier, parse_professional
from chalicelib.identifiers.fields import IbanStr
from chalicelib.services import bank_returns, payees, payment_batches, payments
from chalicelib.services.payees import AccountForm
from chalicelib.validation import Schema

blueprint = ApiBlueprint(__name__, tag="Gestion")


class BatchQuery(Schema):
    """Transfers or debits, and which page."""

    kind: BatchKind = BatchKind.TRANSFERS
    before: Cursor | None = None


class StoppedQuery(Schema):
    """Which page."""

    after: Cursor | None = None


class RecordAccount(Body):
    """An account that the agent has checked with the professional."""

    EXAMPLE = {"iban": "FR14 2004 1010 0505 0001 3M02 606", "holder": "Cabinet Duret"}

    iban: IbanStr
    holder: Annotated[str, Field(min_length=1, max_length=70)]


class BatchView(View):
    """One file for the bank; ``execute_on`` is the day on which the bank is asked to pay or to collect."""

    batch_id: str
    kind: BatchKind
    kind_label: str
    state: BatchState
    state_label: str
    execute_on: date
    payments: int
    total_cents: int
    opened_at: datetime
    closed_at: datetime | None
    sha256: str
    refusal: str

    @classmethod
    def of(cls, batch: Batch) -> "BatchView":
        """The view of a batch."""
        return cls(
            batch_id=batch.batch_id,
            kind=batch.kind,
            kind_label=batch.kind.label,
            state=batch.state,
            state_label=batch.state.label,
            execute_on=batch.execute_on,
            payments=batch.payments,
            total_cents=batch.total_cents,
            opened_at=batch.opened_at,
            closed_at=batch.closed_at,
            sha256=batch.sha256,
            refusal=batch.reason,
        )


class BatchListView(View):
    """One page, newest first; pass ``next`` as ``before`` to read on."""

    batches: list[BatchView]
    next: str | None


class SentAgainView(View):
    """How many payments leave again with the next run."""

    payments: int


class StoppedPaymentView(View):
    """A transfer that something stops: why, since when, and whether only another account would help."""

    order_id: str
    member_id: str
    reference: str
    payee: str
    professional: str | None
    amount_cents: int
    iban_masked: str
    state: PaymentState
    state_label: str
    reason: str
    sentence: str
    since: datetime | None
    needs_account: bool
    sendings: int

    @classmethod
    def of(cls, order: PaymentOrder) -> "StoppedPaymentView":
        """The view of an order; one that was just released has no reason left."""
        hold = order.hold
        return cls(
            order_id=order.order_id,
            member_id=order.member_id,
            reference=order.reference,
            payee=order.payee,
            professional=order.professional,
            amount_cents=order.amount_cents,
            iban_masked=order.iban_masked,
            state=order.state,
            state_label=order.state.label,
            reason=hold.reason if hold else "",
            sentence=reason(hold.reason).sentence if hold else "",
            since=hold.since if hold else None,
            needs_account=waits_for_account(order),
            sendings=len(order.attempts),
        )


class StoppedListView(View):
    """One page, oldest first; pass ``next`` as ``after`` to read on."""

    payments: list[StoppedPaymentView]
    next: str | None


class CheckedAccountView(View):
    """An account of a professional, masked, and from when it is paid to."""

    iban_masked: str
    holder: str
    recorded_at: datetime
    used_from: datetime


class ProfessionalView(View):
    """A professional's accounts, the latest last."""

    number: str
    accounts: list[CheckedAccountView]

    @classmethod
    def of(cls, professional: Professional) -> "ProfessionalView":
        """The view of a professional."""
        accounts = [
            CheckedAccountView(
                iban_masked=one.account.iban_masked,
                holder=one.account.holder,
                recorded_at=one.recorded_at,
                used_from=one.effective_at,
            )
            for one in professional.accounts
        ]
        return cls(number=professional.number, accounts=accounts)


@blueprint.endpoint(
    "GET",
    "/backoffice/payment-batches",
    access=Access.AGENT,
    summary="Fichiers pour la banque",
    query=BatchQuery,
    response=BatchListView,
    items=("M38", "M115"),
)
def list_batches(caller: Caller, query: BatchQuery) -> BatchListView:
    """With their totals, newest first."""
    page, following = payment_batches.page(query.kind, before=cursors.decode(query.before, field="before"))
    return BatchListView(batches=[BatchView.of(one) for one in page], next=cursors.encode(following))


@blueprint.endpoint(
    "GET",
    "/backoffice/payment-batches/{batch_id}/file",
    access=Access.AGENT,
    summary="Télécharger un fichier pour la banque",
    response=Link,
    refusals=("document_not_ready",),
    items=("M115",),
)
def download_batch(caller: Caller, batch_id: str) -> Link:
    """The link works for a few minutes."""
    return Link(url=payment_batches.file_link(batch_id))


@blueprint.endpoint(
    "POST",
    "/backoffice/payment-batches/{batch_id}/resumption",
    access=Access.AGENT,
    summary="Reprendre un fichier que la banque a refusé",
    response=SentAgainView,
    refusals=("not_refused",),
    items=("M115",),
)
def resume_batch(caller: Caller, batch_id: str) -> SentAgainView:
    """Its payments leave again in another file, each once. Safe to repeat."""
    return SentAgainView(payments=bank_returns.present_again(batch_id))


@blueprint.endpoint(
    "GET",
    "/backoffice/stopped-payments",
    access=Access.AGENT,
    summary="Virements bloqués",
    query=StoppedQuery,
    response=StoppedListView,
    items=("M38", "H151", "M115"),
    journal=(DataGroup.BANK,),
)
def list_stopped(caller: Caller, query: StoppedQuery) -> StoppedListView:
    """Given back by the bank, or without an account to go to; oldest first."""
    page, following = payments.stopped(after=cursors.decode(query.after, field="after"))
    return StoppedListView(payments=[StoppedPaymentView.of(one) for one in page], next=cursors.encode(following))


@blueprint.endpoint(
    "POST",
    "/backoffice/stopped-payments/{order_id}/release",
    access=Access.AGENT,
    summary="Laisser repartir un virement",
    response=StoppedPaymentView,
    refusals=("not_held", "account_needed"),
    items=("M115",),
    journal=(DataGroup.BANK,),
)
def release(caller: Caller, order_id: str) -> StoppedPaymentView:
    """To the same account, with the next run; one that needs another account leaves by itself once it has it."""
    return StoppedPaymentView.of(payments.release(order_id))


@blueprint.endpoint(
    "GET",
    "/backoffice/professionals/{professional}/account",
    access=Access.AGENT,
    summary="Compte d’un professionnel de santé",
    response=ProfessionalView,
    items=("H151", "M115"),
)
def read_account(caller: Caller, professional: str) -> ProfessionalView:
    """Where tiers payant is paid to."""
    return ProfessionalView.of(payees.professional(_number(professional)))


@blueprint.endpoint(
    "PUT",
    "/backoffice/professionals/{professional}/account",
    access=Access.AGENT,
    summary="Enregistrer le compte d’un professionnel de santé",
    request=RecordAccount,
    response=ProfessionalView,
    items=("H151", "M115"),
)
def record_account(caller: Caller, professional: str, body: RecordAccount) -> ProfessionalView:
    """It is paid 72 hours later, the first one too; what waited for it leaves with the next run."""
    form = AccountForm(iban=body.iban, holder=body.holder)
    return ProfessionalView.of(payees.record(_number(professional), form, agent_id=caller.account.account_id))


def _number(text: str) -> str:
    try:
        return parse_professional(text)
    except InvalidIdentifier as fault:
        raise FieldErrors.on("professional", str(fault), "identifier") from fault
