"""A direct debit of a contribution, once it was put into a file: under which mandate, and what the bank made of it."""

from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from chalicelib.domain.bank_reason import OwnReason
from chalicelib.domain.contributions.contribution import Contribution
from chalicelib.domain.contributions.ledger import Posting, PostingKind, payment
from chalicelib.domain.mandate import Mandate
from chalicelib.domain.money import Cents
from chalicelib.domain.payments import Payment, sepa_text


class DebitState(StrEnum):
    """Where a debit stands."""

    SENT = "SENT"
    PAID = "PAID"
    REJECTED = "REJECTED"

    @property
    def label(self) -> str:
        """The state as agents read it.

        >>> DebitState.SENT.label
        'Transmis à la banque'
        """
        return _LABELS[self]


_LABELS = {
    DebitState.SENT: "Transmis à la banque",
    DebitState.PAID: "Encaissé",
    DebitState.REJECTED: "Rejeté",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectDebit:
    """One presentation of one statement. Units: cents.

    Without a ``batch_id`` it never left: ``reason`` says why. ``settled_on`` is the day it was booked, ``rejected_on``
    the day it was refused or came back, be it thirteen months later.
    """

    debit_id: str
    company_id: str
    contract_id: str
    statement: str
    amount_cents: Cents
    rum: str
    iban_masked: str
    collect_on: date
    batch_id: str = ""
    settled_on: date | None = None
    rejected_on: date | None = None
    reason: str = ""
    version: int = 0

    @property
    def state(self) -> DebitState:
        """Where it stands: a rejection outweighs a booking, whichever was told first."""
        if self.rejected_on is not None:
            return DebitState.REJECTED
        return DebitState.PAID if self.settled_on else DebitState.SENT

    @property
    def booking(self) -> Posting:
        """What the ledger says once it was booked: the company has paid, on the day of the debit."""
        return payment(
            f"debit-{self.debit_id}",
            PostingKind.DEBIT,
            amount_cents=self.amount_cents,
            day=self.collect_on,
            statement=self.statement,
        )

    @property
    def reversal(self) -> Posting | None:
        """What the ledger says once a booked debit came back: the debt is there again, nothing was erased.

        Source: EPC SDD Core Rulebook, R-transactions (return within 5 days, refund within 8 weeks or 13 months).
        """
        if self.settled_on is None or self.rejected_on is None:
            return None
        return payment(
            f"debit-{self.debit_id}-back",
            PostingKind.DEBIT_REJECTED,
            amount_cents=self.amount_cents,
            day=self.rejected_on,
            statement=self.statement,
        )


def presented(
    contribution: Contribution, mandate: Mandate, *, debit_id: str, batch_id: str, collect_on: date
) -> tuple[DirectDebit, Payment]:
    """The debit of what is owed of a contribution, never more than was announced, and the payment its batch holds.

    Errors: ``ValueError`` when no debit of it may leave, or the mandate was not signed.
    """
    if contribution.debit is None or contribution.debit_on is None or mandate.signed_at is None:
        raise ValueError(f"{contribution.number} may not be debited")
    debit = DirectDebit(
        debit_id=debit_id,
        company_id=contribution.company_id,
        contract_id=contribution.contract_id,
        statement=contribution.number,
        amount_cents=min(contribution.debit.amount_cents, contribution.owed_cents),
        rum=mandate.rum,
        iban_masked=mandate.iban_masked,
        collect_on=collect_on,
        batch_id=batch_id,
    )
    held = Payment(
        payment_id=debit_id,
        end_to_end_id=debit_id,
        amount_cents=debit.amount_cents,
        name=sepa_text(mandate.holder, most=70),
        iban_sealed=mandate.iban_sealed,
        bic=mandate.bic,
        text=sepa_text(f"Cotisation {contribution.number} contrat {contribution.contract_number}", most=140),
        rum=mandate.rum,
        signed_on=mandate.signed_on,
    )
    return debit, held


def sent(contribution: Contribution, *, on: date) -> Contribution:
    """The contribution once its debit is on its way."""
    return replace(contribution, collection=replace(contribution.collection, debit_sent_on=on))


def arrived(contribution: Contribution) -> Contribution:
    """The contribution once its debit was booked: nothing more is debited of it unless that is asked for."""
    collection = replace(contribution.collection, debit_expected_on=None, debit_sent_on=None)
    return replace(contribution, debit=None, collection=collection)


def came_back(contribution: Contribution, *, on: date, code: str) -> Contribution:
    """The contribution once its debit was refused or came back: whoever pays it decides how (H43).

    A file refused whole is the insurer's own business: its debits stay announced, and leave again once it is mended.
    """
    collection = replace(contribution.collection, debit_expected_on=None, debit_sent_on=None, debit_rejected_on=on)
    kept = contribution.debit if code == OwnReason.FILE_REFUSED else None
    return replace(contribution, debit=kept, collection=collection)


def followed_again(contribution: Contribution) -> Contribution:
    """The contribution once the time to answer a rejected debit is over: it is as late as its day says."""
    return replace(contribution, collection=replace(contribution.collection, debit_rejected_on=None))
