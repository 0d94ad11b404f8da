"""The states of a démarche: which step is possible, what is missing, who acts (M112)."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import product

import pytest

from chalicelib.domain.errors import Conflict
from chalicelib.domain.request import (
    LABELS,
    Actor,
    Attachment,
    FileState,
    Request,
    RequestKind,
    RequestState,
    documents_due_on,
    steps,
)
from chalicelib.domain.required_documents import DocumentKind, RequiredDocument

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
INVOICE = RequiredDocument(kind=DocumentKind.RECEIPTED_INVOICE, about="léa", reason="…")
OF_ANOTHER = replace(INVOICE, about="tom")


def request(state: RequestState = RequestState.PENDING_DOCUMENTS, **changes: object) -> Request:
    """A claim in a state."""
    bare = Request(
        request_id="r",
        kind=RequestKind.CLAIM,
        member_id="m",
        company_id="c",
        state=state,
        required=(INVOICE, OF_ANOTHER),
        title="Autres soins",
        created_at=NOW,
    )
    return replace(bare, **changes)  # type: ignore[arg-type]


def file(document_id: str, about: str, state: FileState) -> Attachment:
    """A file for the invoice of somebody."""
    return Attachment(
        document_id=document_id,
        kind=DocumentKind.RECEIPTED_INVOICE,
        about=about,
        name="f.pdf",
        state=state,
        announced_at=NOW,
    )


KINDS = [RequestKind.CLAIM, RequestKind.AFFILIATION, RequestKind.ESTIMATE, RequestKind.HOSPITAL_COMMITMENT]


@pytest.mark.parametrize(("kind", "origin", "target"), list(product(KINDS, RequestState, RequestState)))
def test_only_the_steps_of_the_state_machine_are_possible(
    kind: RequestKind, origin: RequestState, target: RequestState
) -> None:
    """M112: a step it lacks is refused with the present state in words; one it has is kept in the history."""
    if target in steps(kind).get(origin, set()):
        moved = request(origin, kind=kind).moved_to(target, at=NOW, actor="system", event="e", reason="Parce que.")
        assert (moved.state, moved.reason) == (target, "Parce que.")
        assert [(one.at, one.actor, one.event, one.state) for one in moved.history] == [(NOW, "system", "e", target)]
    else:
        with pytest.raises(Conflict) as refusal:
            request(origin, kind=kind).moved_to(target, at=NOW, actor="system", event="e")
        assert (refusal.value.code, LABELS[origin] in refusal.value.sentence) == ("invalid_transition", True)


FINAL = {
    RequestState.PAYMENT_ORDERED,
    RequestState.NOTHING_DUE,
    RequestState.ACCEPTED,
    RequestState.REFUSED,
    RequestState.CLOSED,
    RequestState.EXPIRED,
    RequestState.WITHDRAWN,
}
WATCHED = {RequestState.ESTIMATE_READY, RequestState.AGREED}
"""What nobody has to act on until the clock does."""


def test_what_has_ended_stays_so() -> None:
    """M112: nothing leads out of an end, every other state leads on, for one kind of request or another."""
    leading_on = {state for kind in KINDS for state in steps(kind)}
    assert set(RequestState) - leading_on == FINAL
    assert {state for state in RequestState if request(state).next_actor is Actor.NOBODY} == FINAL | WATCHED


def test_a_request_waits_for_whoever_opened_it() -> None:
    """M112: the same state asks the member who opened a request, or the employer."""
    for opener in (Actor.MEMBER, Actor.EMPLOYER):
        opened = request(opened_by=opener)
        assert opened.next_actor is opener


def test_a_deadline_holds_while_the_member_must_act_only() -> None:
    """Dossier 10: sixty days, the last included, from the day the documents were asked for."""
    asked = request(RequestState.IN_REVIEW).moved_to(
        RequestState.PENDING_DOCUMENTS, at=NOW, actor="agent:a", event="documents_asked"
    )
    assert asked.due_on == documents_due_on(NOW.date()) == date(2026, 5, 1)
    submitted = asked.moved_to(
        RequestState.SUBMITTED, at=NOW + timedelta(days=3), actor="member", event="file_complete"
    )
    assert submitted.due_on is None


def test_a_deadline_is_counted_from_the_day_in_paris() -> None:
    """Half past midnight in Paris is the day before in UTC."""
    night = datetime(2026, 3, 1, 23, 30, tzinfo=UTC)
    asked = request(RequestState.IN_REVIEW).moved_to(
        RequestState.PENDING_DOCUMENTS, at=night, actor="agent:a", event="documents_asked"
    )
    assert asked.due_on == documents_due_on(date(2026, 3, 2))


def test_a_document_is_missing_until_an_accepted_file_of_that_person() -> None:
    """M113: neither an announced nor a refused file counts, nor a relative's."""
    assert request().missing == (INVOICE, OF_ANOTHER)
    for state in (FileState.AWAITED, FileState.REFUSED):
        assert request(attachments=(file("1", "léa", state),)).missing == (INVOICE, OF_ANOTHER)
    accepted = request(attachments=(file("1", "léa", FileState.REFUSED), file("2", "léa", FileState.ACCEPTED)))
    assert accepted.missing == (OF_ANOTHER,)


def test_a_file_changes_in_its_place() -> None:
    """M113: the receipts stay in the order of the announcements."""
    two = request(attachments=(file("1", "léa", FileState.AWAITED), file("2", "tom", FileState.AWAITED)))
    changed = two.with_attachment(file("1", "léa", FileState.ACCEPTED)).with_attachment(
        file("3", "tom", FileState.AWAITED)
    )
    assert [(one.document_id, one.state) for one in changed.attachments] == [
        ("1", FileState.ACCEPTED),
        ("2", FileState.AWAITED),
        ("3", FileState.AWAITED),
    ]
    assert changed.attachment("4") is None
