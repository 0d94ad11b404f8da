"""Files people send: announced, sent straight to S3, checked by content, attached once to their request.

Where a malware scan is required (``settings.malware_scan_required``), a file whose content is good waits for it. The
object's arrival and the scan's result may come in any order, twice or late: whichever finds the file open decides.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial

from chalicelib import clock
from chalicelib.domain.errors import FieldErrors, NotFound, Refused
from chalicelib.domain.request import Actor, Attachment, FileState, Request, RequestKind, RequestState, Scan
from chalicelib.domain.required_documents import TITLES, DocumentKind
from chalicelib.file_inspection import FileRefused, Inspected, inspect
from chalicelib.gateways import documents
from chalicelib.gateways.documents import UPLOAD_VALIDITY
from chalicelib.observability import count, log
from chalicelib.services import (
    affiliation,
    bank_details,
    beneficiary_additions,
    claims,
    dependants,
    estimates,
    messages,
    openers,
    portability,
    teletransmission,
    tokens,
    work_stoppages,
)
from chalicelib.settings import insurer, malware_scan_required, upload_max_bytes
from chalicelib.storage import requests
from chalicelib.storage.transaction import Transaction, retry_stale
from chalicelib.texts.dates import day_in_words

CONTENT_TYPES = {"pdf": "application/pdf", "jpeg": "image/jpeg", "png": "image/png"}
FILES_PER_REQUEST = 40
FORGOTTEN_AFTER = timedelta(days=15)
"""Longer than any queue keeps the news of a file that arrived."""
OPEN = {RequestState.PENDING_DOCUMENTS}
UNDECIDED = {FileState.AWAITED, FileState.SCANNING}
SCAN_EXPECTED_WITHIN = timedelta(hours=1)

SENTENCES = {
    Scan.THREATS_FOUND: (
        "Notre antivirus a trouvé une menace dans ce fichier, qui n’a pas été gardé : "
        "contrôlez votre appareil, puis envoyez un autre fichier."
    ),
    Scan.UNSUPPORTED: (
        "Notre antivirus ne sait pas contrôler ce fichier : "
        "imprimez-le au format PDF, sans mot de passe, et envoyez cette copie."
    ),
    Scan.ACCESS_DENIED: "Le contrôle de ce fichier n’a pas abouti, de notre fait : envoyez-le de nouveau.",
    Scan.FAILED: "Le contrôle de ce fichier n’a pas abouti, de notre fait : envoyez-le de nouveau.",
}
"""Why a file that was not cleared is refused, for the person who sent it."""

FOR_AGENTS = {
    Scan.THREATS_FOUND: (
        "L’antivirus y a trouvé une menace. Le fichier est refusé et supprimé, et la personne en est prévenue. "
        "Si elle vous l’envoie par mail, ne l’ouvrez pas."
    ),
    Scan.ACCESS_DENIED: "L’antivirus n’a pas pu le lire. Le fichier est refusé, et la personne invitée à le renvoyer.",
    Scan.FAILED: "L’antivirus est tombé en panne. Le fichier est refusé, et la personne invitée à le renvoyer.",
    Scan.OVERDUE: "L’antivirus n’a rien répondu. Le fichier attend toujours, et sa demande avec lui.",
}
"""What agents are told of a file, when it is theirs to know."""

PROGRESS: Mapping[RequestKind, Callable[[Request], None]] = {
    RequestKind.CLAIM: claims.progress,
    RequestKind.AFFILIATION: affiliation.progress,
    RequestKind.BENEFICIARY_ADDITION: beneficiary_additions.progress,
    RequestKind.PORTABILITY_PROOF: portability.progress,
    RequestKind.BANK_DETAILS: bank_details.progress,
    RequestKind.SITUATION_CERTIFICATE: dependants.progress,
    RequestKind.WORK_STOPPAGE: work_stoppages.progress,
    RequestKind.ESTIMATE: estimates.progress,
    RequestKind.TELETRANSMISSION: teletransmission.progress,
}
"""How a request of each kind goes on once one of its files was handled; safe to repeat."""

OURS_TO_MEND = {Scan.ACCESS_DENIED, Scan.FAILED, Scan.OVERDUE}


@dataclass(frozen=True, slots=True, kw_only=True)
class Announced:
    """A file that may now be sent: its id, and the form to send it with, straight to storage."""

    document_id: str
    url: str
    fields: dict[str, str]
    expires_in_seconds: int


def link(request: Request, document_id: str) -> str:
    """A short-lived link to a file that was sent with a request and accepted.

    Errors: ``NotFound``.
    """
    attachment = request.attachment(document_id)
    if attachment is None or attachment.key is None:
        raise NotFound
    return documents.download_link("documents", attachment.key, name=attachment.key.rsplit("/", 1)[-1])


def announce(request: Request, *, kind: DocumentKind, about: str, name: str, content_type: str) -> Announced:
    """Prepare the sending of one required document.

    Errors: ``FieldErrors`` when the document is not asked for; ``Refused`` when the request waits for nothing.
    """
    if request.state not in OPEN:
        raise Refused("no_document_awaited", "Cette demande n’attend pas de document.")
    if not any(one.kind is kind and one.about == about for one in request.required):
        raise FieldErrors.on("kind", "Ce document n’est pas demandé pour cette personne.", "not_required")
    document_id = tokens.new_id()
    attachment = Attachment(
        document_id=document_id, kind=kind, about=about, name=name, state=FileState.AWAITED, announced_at=clock.now()
    )
    retry_stale(partial(_add, request.request_id, attachment))
    form = documents.upload_form(f"uploads/{request.request_id}/{document_id}", content_type=content_type)
    return Announced(
        document_id=document_id, url=form.url, fields=form.fields, expires_in_seconds=form.expires_in_seconds
    )


def _add(request_id: str, attachment: Attachment) -> None:
    request = requests.get(request_id)
    if request is None or request.state not in OPEN:
        raise Refused("no_document_awaited", "Cette demande n’attend pas de document.")
    request = _without_forgotten(request)
    if sum(_counts(one) for one in request.attachments) >= FILES_PER_REQUEST:
        raise Refused("too_many_files", "Trop de fichiers ont été envoyés pour cette demande\u00a0: contactez-nous.")
    with Transaction() as transaction:
        requests.save(transaction, request.with_attachment(attachment))


def _counts(attachment: Attachment) -> bool:
    """Whether a file counts among those of a request: one that was announced and never sent soon does not."""
    return attachment.state is not FileState.AWAITED or attachment.announced_at > clock.now() - UPLOAD_VALIDITY


def _without_forgotten(request: Request) -> Request:
    """The request without the files that were announced long ago and never came."""
    limit = clock.now() - FORGOTTEN_AFTER
    kept = (one for one in request.attachments if one.state is not FileState.AWAITED or one.announced_at > limit)
    return replace(request, attachments=tuple(kept))


def receive(key: str) -> None:
    """Handle one arrived object: attach it if its content is good, say why if not, go on if the file is complete.

    The same event again, or one for an object already handled, only makes sure that the next step was taken.
    """
    request_id, document_id = _ids(key)
    request = requests.get(request_id)
    attachment = request.attachment(document_id) if request else None
    if request is None or attachment is None:
        documents.delete("uploads", key)
        log("upload", outcome="unknown")
        return
    if attachment.state is FileState.AWAITED:
        content = documents.read("uploads", key, max_bytes=upload_max_bytes())
        if content is None:
            return
        _decide(request_id, document_id, content)
    elif attachment.state is not FileState.SCANNING:
        documents.delete("uploads", key)
    _go_on(request_id)


def scanned(key: str, status: str, *, etag: str) -> None:
    """Handle the result of one object's malware scan: a cleared file is attached, another refused with its reason.

    ``status`` is GuardDuty's word for the result. ``etag`` names the content that was scanned: what has taken its place
    since waits for its own result. A file decided before only makes sure that the next step was taken.

    Errors: ``ValueError`` for a status that is none.
    """
    result = Scan(status)
    request_id, document_id = _ids(key)
    request = requests.get(request_id)
    attachment = request.attachment(document_id) if request else None
    if attachment is None or attachment.state not in UNDECIDED:
        documents.delete("uploads", key)
        log("scan", request_id=request_id, code=result.value, outcome="late" if attachment else "unknown")
    elif result is Scan.NO_THREATS_FOUND:
        content = documents.read("uploads", key, max_bytes=upload_max_bytes(), etag=etag)
        if content is None:
            log("scan", request_id=request_id, code=result.value, outcome="replaced")
            return
        _decide(request_id, document_id, content, cleared=True)
    else:
        retry_stale(partial(_refuse, request_id, document_id, SENTENCES[result], result))
        documents.delete("uploads", key)
        _raise_alarm(result)
        log("scan", request_id=request_id, code=result.value, outcome="refused")
    _go_on(request_id)


def _ids(key: str) -> tuple[str, str]:
    request_id, _, document_id = key.removeprefix("uploads/").partition("/")
    return request_id, document_id


def _raise_alarm(result: Scan) -> None:
    if result in OURS_TO_MEND:
        count("FilesNotScanned")


def _decide(request_id: str, document_id: str, content: bytes, *, cleared: bool = False) -> None:
    """Attach a file or refuse it by its content; a good one that must be scanned and was not yet is left to wait."""
    try:
        found = inspect(content, declared_name="", max_bytes=upload_max_bytes())
    except FileRefused as refusal:
        retry_stale(partial(_refuse, request_id, document_id, refusal.sentence))
        log("upload", request_id=request_id, outcome="refused", code=refusal.code)
    else:
        if malware_scan_required() and not cleared:
            retry_stale(partial(_wait_for_scan, request_id, document_id))
            log("upload", request_id=request_id, outcome="scanning")
            return
        key = f"pieces/{request_id}/{document_id}.{found.kind}"
        documents.write("documents", key, content, content_type=CONTENT_TYPES[found.kind])
        scan = Scan.NO_THREATS_FOUND if cleared else None
        retry_stale(partial(_accept, request_id, document_id, found, key, scan))
        log("upload", request_id=request_id, outcome="accepted")
    documents.delete("uploads", f"uploads/{request_id}/{document_id}")


def _wait_for_scan(request_id: str, document_id: str) -> None:
    request, attachment = _undecided(request_id, document_id)
    if request is None or attachment is None or attachment.state is FileState.SCANNING:
        return
    with Transaction() as transaction:
        waiting = replace(attachment, state=FileState.SCANNING, received_at=clock.now())
        requests.save(transaction, request.with_attachment(waiting))


def _accept(request_id: str, document_id: str, found: Inspected, key: str, scan: Scan | None) -> None:
    request, attachment = _undecided(request_id, document_id)
    if request is None or attachment is None:
        return
    accepted = replace(
        attachment,
        state=FileState.ACCEPTED,
        received_at=clock.now(),
        sha256=found.sha256,
        size=found.size,
        content_type=CONTENT_TYPES[found.kind],
        key=key,
        scan=scan,
    )
    with Transaction() as transaction:
        requests.save(transaction, request.with_attachment(accepted))


def _refuse(request_id: str, document_id: str, sentence: str, scan: Scan | None = None) -> None:
    request, attachment = _undecided(request_id, document_id)
    if request is None or attachment is None:
        return
    refused = replace(attachment, state=FileState.REFUSED, received_at=clock.now(), refusal=sentence, scan=scan)
    recipient = openers.email_of(request)
    template, context = _refusal_mail(request, attachment, sentence)
    occasion = f"document-refused:{document_id}"
    with Transaction() as transaction:
        requests.save(transaction, request.with_attachment(refused))
        message_ids = messages.tell(
            transaction, recipient, template, occasion=occasion, context=context, about=request_id
        )
        if scan in FOR_AGENTS:
            message_ids.append(_tell_agents(transaction, request, refused))
    messages.dispatch(*message_ids)


def _tell_agents(transaction: Transaction, request: Request, attachment: Attachment) -> str:
    """The mail that puts a file before the agents, in the mailbox they share."""
    scan = attachment.scan or Scan.OVERDUE
    return messages.write(
        transaction,
        occasion=f"upload-needs-attention:{attachment.document_id}:{scan}",
        template="upload_needs_attention",
        recipient=insurer().production_mailbox,
        context={
            "reference": claims.reference(request.request_id),
            "document": TITLES[attachment.kind],
            "reason": FOR_AGENTS[scan],
        },
        about=request.request_id,
    )


def report_unscanned() -> int:
    """Tell agents, once for each file, of those whose scan has said nothing for an hour; returns how many.

    The file keeps waiting: a result that comes after all still counts, and the person may send another file meanwhile.
    """
    return sum(retry_stale(partial(_report_unscanned, one)) for one in requests.waiting_for_scan())


def _report_unscanned(request_id: str) -> int:
    request = requests.get(request_id)
    if request is None:
        return 0
    limit = clock.now() - SCAN_EXPECTED_WITHIN
    overdue = [
        replace(one, scan=Scan.OVERDUE)
        for one in request.scanning
        if one.scan is None and one.received_at is not None and one.received_at < limit
    ]
    for one in overdue:
        request = request.with_attachment(one)
    message_ids = []
    if overdue:
        with Transaction() as transaction:
            requests.save(transaction, request)
            message_ids = [_tell_agents(transaction, request, one) for one in overdue]
        _raise_alarm(Scan.OVERDUE)
    messages.dispatch(*message_ids)
    return len(overdue)


def _refusal_mail(request: Request, attachment: Attachment, sentence: str) -> tuple[str, dict[str, str]]:
    if request.opened_by is Actor.EMPLOYER:
        return "request_document_refused", {"reference": claims.reference(request.request_id), "reason": sentence}
    context = {"document": TITLES[attachment.kind], "reason": sentence}
    if request.due_on is None:
        return "affiliation_document_refused", context
    claim = {"reference": claims.reference(request.request_id), "respond_by": day_in_words(request.due_on)}
    return "claim_documents_refused", context | claim


def _undecided(request_id: str, document_id: str) -> tuple[Request | None, Attachment | None]:
    request = requests.get(request_id)
    attachment = request.attachment(document_id) if request else None
    if attachment is None or attachment.state not in UNDECIDED:
        return None, None
    return request, attachment


def _go_on(request_id: str) -> None:
    request = requests.get(request_id)
    if request is not None and request.kind in PROGRESS:
        PROGRESS[request.kind](request)
