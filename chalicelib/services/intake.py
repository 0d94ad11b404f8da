"""What an insurer drops into the intake bucket: read, checked as a whole, applied once, answered by a report."""

import hashlib
import json
from typing import Any

from chalicelib import clock
from chalicelib.domain.errors import FieldErrors
from chalicelib.gateways import documents
from chalicelib.observability import log
from chalicelib.services import agents, contract_terms, enrolment, intake_batches, intake_reports, subscription
from chalicelib.services.intake_files import FILES, AgentsFile, EnrolmentFile, SubscriptionFile, TariffChangeFile
from chalicelib.services.intake_reports import Report
from chalicelib.storage import identities
from chalicelib.storage.identities import Identity
from chalicelib.storage.transaction import Stale
from chalicelib.validation import validated

MAX_BYTES = 5 * 1024 * 1024

Content = SubscriptionFile | EnrolmentFile | AgentsFile | TariffChangeFile


def receive(key: str) -> None:
    """Handle one dropped file. The same file again changes nothing; a faulty file creates nothing.

    A large file (JSON Lines) is handed to its state machine: see ``intake_batches``.

    Errors: none for what is in the file; a passing trouble raises, so that the event is delivered again.
    """
    if key.endswith(intake_reports.SUFFIX):
        return
    if key.endswith(intake_batches.SUFFIX):
        intake_batches.start(key)
        return
    content = documents.read("intake", key, max_bytes=MAX_BYTES)
    if content is None:
        return
    try:
        report = _apply(content)
    except FieldErrors as error:
        report = Report(outcome="refused", at=clock.now(), faults=error.faults)
    intake_reports.write(key, report.to_json())
    log("intake", file=hashlib.sha256(key.encode()).hexdigest()[:12], outcome=report.outcome, count=len(report.faults))


def _apply(content: bytes) -> Report:
    file = parse(content)
    digest = hashlib.sha256(json.dumps(json.loads(content), sort_keys=True).encode()).hexdigest()
    earlier = intake_reports.earlier_digest(file.reference, digest)
    applied = False
    if earlier is None or isinstance(file, EnrolmentFile):
        applied = _applied(file, digest)
    elif isinstance(file, SubscriptionFile):
        subscription.request_documents(file)
        subscription.open_accounts(file)
    outcome = "accepted" if applied and earlier is None else "unchanged"
    return Report(outcome=outcome, at=clock.now(), details=_details(file))


def _applied(file: Content, digest: str) -> bool:
    """Whether this call applied the file, rather than another one that handles it at the same time."""
    try:
        match file:
            case SubscriptionFile():
                subscription.create(file, digest=digest)
            case EnrolmentFile():
                enrolment.enrol(file, digest=digest)
            case AgentsFile():
                agents.create(file, digest=digest)
            case TariffChangeFile():
                contract_terms.change(file, digest=digest)
    except Stale:
        if identities.find(Identity.INTAKE_FILE, file.reference) != digest:
            raise
        return False
    return True


def _details(file: Content) -> dict[str, Any]:
    """What the report tells of an applied file, the same however often it is delivered."""
    match file:
        case SubscriptionFile():
            return subscription.details(file)
        case EnrolmentFile():
            return enrolment.details(file)
        case AgentsFile():
            return {"agents": len(file.agents)}
        case TariffChangeFile():
            return {"contract": file.contract, "tariffs": len(file.tariffs)}


def parse(content: bytes) -> Content:
    """A dropped file, checked against the schema its ``kind`` names.

    Errors: ``FieldErrors`` with every fault at its place.
    """
    if len(content) > MAX_BYTES:
        raise FieldErrors.on("body", "Le fichier est trop volumineux (5 Mo au plus).", "too_large")
    try:
        document = json.loads(content.decode("utf-8-sig"))
        json.dumps(document, ensure_ascii=False).encode()  # half a character is JSON, but no text to keep
    except (ValueError, RecursionError):
        raise FieldErrors.on("body", "Le fichier n’est pas un JSON valide en UTF-8.", "unreadable") from None
    if not isinstance(document, dict) or str(document.get("kind")) not in FILES:
        kinds = ", ".join(f"« {kind} »" for kind in FILES)
        raise FieldErrors.on("kind", f"Indiquez la nature du fichier\u00a0: {kinds}.", "unknown_kind")
    return validated(FILES[document["kind"]], document)
