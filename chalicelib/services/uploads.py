"""Files people send: announced, sent straight to S3, checked by content, attached once to their request."""

from dataclasses import dataclass, replace
from functools import partial

from chalicelib import clock
from chalicelib.domain.errors import FieldErrors, Refused
from chalicelib.domain.request import Attachment, FileState, Request, RequestKind, RequestState
from chalicelib.domain.required_documents import TITLES, DocumentKind
from chalicelib.file_inspection import FileRefused, Inspected, inspect
from chalicelib.gateways import documents
from chalicelib.observability import log
from chalicelib.services import affiliation, claims, messages, tokens
from chalicelib.settings import upload_max_bytes
from chalicelib.storage import members, requests
from chalicelib.storage.transaction import Transaction, retry_stale
from chalicelib.texts.dates import day_in_words

CONTENT_TYPES = {"pdf": "application/pdf", "jpeg": "image/jpeg", "png": "image/png"}
FILES_PER_REQUEST = 40
OPEN = {RequestState.PENDING_DOCUMENTS}


@dataclass(frozen=True, slots=True, kw_only=True)
class Announced:
    """A file that may now be sent: its id, and the form to send it with, straight to storage."""

    document_id: str
    url: str
    fields: dict[str, str]
    expires_in_seconds: int


def announce(request: Request, *, kind: DocumentKind, about: str, name: str, content_type: str) -> Announced:
    """Prepare the sending of one required document.

    Errors: ``FieldErrors`` when the document is not asked for; ``Refused`` when the request waits for nothing.
    """
    if request.state not in OPEN:
        raise Refused("no_document_awaited", "Cette demande n’attend pas de document.")
    if not any(one.kind is kind and one.about == about for one in request.required):
        raise FieldErrors.on("kind", "Ce document n’est pas demandé pour cette personne.", "not_required")
    if len(request.attachments) >= FILES_PER_REQUEST:
        raise Refused("too_many_files", "Trop de fichiers ont été envoyés pour cette demande\u00a0: contactez-nous.")
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
    with Transaction() as transaction:
        requests.save(transaction, request.with_attachment(attachment))


def receive(key: str) -> None:
    """Handle one arrived object: attach it if its content is good, say why if not, go on if the file is complete.

    The same event again, or one for an object already handled, only makes sure that the next step was taken.
    """
    _, _, rest = key.partition("uploads/")
    request_id, _, document_id = rest.partition("/")
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
    documents.delete("uploads", key)
    _go_on(request_id)


def _decide(request_id: str, document_id: str, content: bytes) -> None:
    try:
        found = inspect(content, declared_name="", max_bytes=upload_max_bytes())
    except FileRefused as refusal:
        retry_stale(partial(_refuse, request_id, document_id, refusal.sentence))
        log("upload", request_id=request_id, outcome="refused", code=refusal.code)
        return
    key = f"pieces/{request_id}/{document_id}.{found.kind}"
    documents.write("documents", key, content, content_type=CONTENT_TYPES[found.kind])
    retry_stale(partial(_accept, request_id, document_id, found, key))
    log("upload", request_id=request_id, outcome="accepted")


def _accept(request_id: str, document_id: str, found: Inspected, key: str) -> None:
    request, attachment = _awaited(request_id, document_id)
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
    )
    with Transaction() as transaction:
        requests.save(transaction, request.with_attachment(accepted))


def _refuse(request_id: str, document_id: str, sentence: str) -> None:
    request, attachment = _awaited(request_id, document_id)
    if request is None or attachment is None:
        return
    refused = replace(attachment, state=FileState.REFUSED, received_at=clock.now(), refusal=sentence)
    member = members.get(request.member_id)
    message_ids = []
    with Transaction() as transaction:
        requests.save(transaction, request.with_attachment(refused))
        if member is not None and member.email:
            template, context = _refusal_mail(request, attachment, sentence)
            message_ids.append(
                messages.write(
                    transaction,
                    occasion=f"document-refused:{document_id}",
                    template=template,
                    recipient=member.email,
                    context=context,
                    about=request_id,
                )
            )
    messages.dispatch(*message_ids)


def _refusal_mail(request: Request, attachment: Attachment, sentence: str) -> tuple[str, dict[str, str]]:
    context = {"document": TITLES[attachment.kind], "reason": sentence}
    if request.due_on is None:
        return "affiliation_document_refused", context
    claim = {"reference": claims.reference(request.request_id), "respond_by": day_in_words(request.due_on)}
    return "claim_documents_refused", context | claim


def _awaited(request_id: str, document_id: str) -> tuple[Request | None, Attachment | None]:
    request = requests.get(request_id)
    attachment = request.attachment(document_id) if request else None
    if attachment is None or attachment.state is not FileState.AWAITED:
        return None, None
    return request, attachment


def _go_on(request_id: str) -> None:
    request = requests.get(request_id)
    if request is None:
        return
    if request.kind is RequestKind.CLAIM:
        claims.progress(request)
    else:
        affiliation.progress(request)
