"""The mandate as PDF: written for the signature once the RIB is there, then once more with its page of evidence (H84).

A document to sign is known by its hash: what is signed is that very content, whatever is written afterwards.
"""

import hashlib
from dataclasses import replace
from functools import partial

from chalicelib import clock
from chalicelib.domain.errors import NotFound
from chalicelib.domain.mandate import AccountUse, BankChange, Evidence, Mandate
from chalicelib.domain.request import Actor, RequestState
from chalicelib.gateways import documents, secrets
from chalicelib.gateways.rendering import render_pdf
from chalicelib.services.letterhead import letterhead
from chalicelib.storage import requests
from chalicelib.storage.transaction import Transaction, retry_stale
from chalicelib.texts.dates import moment_in_words
from chalicelib.texts.documents.models import SepaMandate, SignatureFacts


def write(request_id: str) -> None:
    """Write what a change of account needs next: its mandate to sign, or the signed one and its evidence.

    Again gives the same files at the same places.
    Errors: ``NotFound`` for a démarche that changes no account.
    """
    request = requests.get(request_id)
    change = request.bank_change if request else None
    if request is None or change is None:
        raise NotFound
    if change.evidence is not None:
        _write_signed(change, change.evidence)
    elif request.state is RequestState.PENDING_DOCUMENTS and not request.missing:
        content = pdf_of(change.mandate)
        written = replace(change, document_sha256=hashlib.sha256(content).hexdigest())
        documents.write("documents", written.document_key, content, content_type="application/pdf")
        retry_stale(partial(_offer, request_id, written))


def _offer(request_id: str, written: BankChange) -> None:
    """Put the mandate before whoever signs it, unless it is there already."""
    request = requests.get(request_id)
    if request is None or request.state is not RequestState.PENDING_DOCUMENTS or request.missing:
        return
    moved = request.moved_to(
        RequestState.PENDING_SIGNATURE, at=clock.now(), actor=Actor.SYSTEM, event="mandate_written"
    )
    with Transaction() as transaction:
        requests.save(transaction, replace(moved, bank_change=written))


def _write_signed(change: BankChange, evidence: Evidence) -> None:
    """Keep the evidence beside what was signed: the mandate, or the text of an account to pay, which is no mandate."""
    documents.write("documents", change.evidence_key, evidence.text.encode(), content_type="application/json")
    if change.mandate.use is AccountUse.REIMBURSEMENTS:
        documents.write("documents", change.text_key, change.text.encode(), content_type="application/json")
        return
    content = pdf_of(change.mandate, evidence)
    documents.write("documents", change.signed_key, content, content_type="application/pdf")


def pdf_of(mandate: Mandate, evidence: Evidence | None = None) -> bytes:
    """A mandate as a tagged PDF, with its page of evidence once it is signed; the same mandate gives the same bytes."""
    iban = secrets.unseal(mandate.iban_sealed, field="iban")
    document = SepaMandate(
        insurer=letterhead(),
        issued_on=mandate.written_on,
        rum=mandate.rum,
        ics=mandate.ics,
        kind=mandate.kind.value,
        creditor_name=mandate.creditor_name,
        creditor_address=mandate.creditor_address,
        debtor_name=mandate.debtor_name,
        debtor_address=mandate.debtor_address,
        holder=mandate.holder,
        iban=" ".join(iban[start : start + 4] for start in range(0, len(iban), 4)),
        bic=mandate.bic,
        place=mandate.place,
        signature=_facts(evidence) if evidence else None,
    )
    return render_pdf(document)


def _facts(evidence: Evidence) -> SignatureFacts:
    return SignatureFacts(
        signer=evidence.signer,
        signed_at=moment_in_words(evidence.signed_at),
        code_sent_at=moment_in_words(evidence.code_issued_at),
        phone_masked=evidence.phone_masked,
        source_ip=evidence.source_ip,
        document_sha256=evidence.document_sha256,
        evidence_sha256=evidence.sha256,
    )
