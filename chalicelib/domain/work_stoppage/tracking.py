"""A declaration as the démarche that both spaces follow: one place leads from the finer state to the request's."""

from dataclasses import replace
from datetime import date, datetime

from chalicelib.domain.request import STOPPAGE_STATES, Actor, FileState, Request, RequestKind, RequestState
from chalicelib.domain.required_documents import DocumentKind, RequiredDocument
from chalicelib.domain.work_stoppage.deadline import day_in_paris
from chalicelib.domain.work_stoppage.declaration import Declaration
from chalicelib.domain.work_stoppage.state import StoppageState


def begun(declaration: Declaration, *, account_id: str, member_name: str) -> Request:
    """The request of a new draft; its title says which movement is declared, never why somebody is off work."""
    return Request(
        request_id=declaration.declaration_id,
        kind=RequestKind.WORK_STOPPAGE,
        member_id=declaration.member_id,
        member_name=member_name,
        company_id=declaration.company_id,
        opened_by=Actor.EMPLOYER,
        account_id=account_id,
        state=RequestState.DRAFT,
        required=_required(declaration, declaration.created_at),
        title=f"Arrêt de travail – {declaration.movement.label}",
        due_on=_due_on(declaration, declaration.created_at),
        stoppage=declaration,
        created_at=declaration.created_at,
    )


def followed(
    request: Request, declaration: Declaration, *, at: datetime, actor: str, reason: str | None = None
) -> Request:
    """The request after its declaration moved on: in the state that goes with it, asking for what it asks for.

    A draft is due on the last day of its clock (H93). No request of a stoppage is closed because a document is late:
    that would harm the employee (A5).
    Errors: ``Conflict`` when the request's state machine has no such step, which the declaration's then has not either.
    """
    state = STOPPAGE_STATES[declaration.state]
    moved = request
    if state is not request.state:
        event = declaration.history[-1].event
        moved = request.moved_to(state, at=at, actor=actor, event=event, reason=reason)
    return replace(moved, stoppage=declaration, required=_required(declaration, at), due_on=_due_on(declaration, at))


def declared(request: Request, declaration: Declaration, *, at: datetime, actor: str) -> Request:
    """The request once its draft was declared: waiting for documents, or for an agent when none is needed."""
    sent = followed(request, declaration, at=at, actor=actor)
    return with_received(sent, at=at, actor=actor)


def with_received(request: Request, *, at: datetime, actor: str) -> Request:
    """The request after some of its files were accepted: complete once nothing is missing.

    Errors: ``ValueError`` for the request of something else.
    """
    codes = {str(one.kind) for one in request.attachments if one.state is FileState.ACCEPTED}
    return followed(request, stoppage_of(request).with_received(codes, at=at, actor=actor), at=at, actor=actor)


def asking(
    request: Request, kinds: tuple[DocumentKind, ...], declaration: Declaration, *, at: datetime, actor: str
) -> Request:
    """The request after an agent asked for documents; files of these kinds that were sent before no longer count."""
    reason = declaration.history[-1].reason
    waiting = followed(request.with_replaced(kinds), declaration, at=at, actor=actor, reason=reason)
    return replace(waiting, round=request.round + 1)


def stoppage_of(request: Request) -> Declaration:
    """The declaration of a request.

    Errors: ``ValueError`` for the request of something else.
    """
    if request.stoppage is None:
        raise ValueError("not the request of a work stoppage")
    return request.stoppage


def _due_on(declaration: Declaration, at: datetime) -> date | None:
    clock = declaration.deadline(day_in_paris(at)) if declaration.state is StoppageState.DRAFT else None
    return clock.due_on if clock else None


def _required(declaration: Declaration, at: datetime) -> tuple[RequiredDocument, ...]:
    if declaration.state is StoppageState.DROPPED:
        return ()
    return tuple(
        RequiredDocument(kind=DocumentKind(one.code), about=one.about, reason=one.reason)
        for one in declaration.required(day_in_paris(at))
    )
