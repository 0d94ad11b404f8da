"""The debts that agents follow: what waits, the registered letter, suspension, termination, resumption (M115)."""

from datetime import date
from typing import Annotated

from pydantic import Field

from chalicelib.api import cursors
from chalicelib.api.forms import Why
from chalicelib.api.routing import ApiBlueprint
from chalicelib.api.schemas import Body, View
from chalicelib.api.session import Access, Caller
from chalicelib.api.views import Link
from chalicelib.domain.contributions.dunning_file import DunningTask
from chalicelib.services import dunning, dunning_documents
from chalicelib.services.dunning import Followed
from chalicelib.validation import Schema

blueprint = ApiBlueprint(__name__, tag="Gestion")


class DunningQuery(Schema):
    """Which page of the debts."""

    after: Annotated[str, Field(max_length=200)] | None = None
    limit: Annotated[int, Field(ge=1, le=50)] = 50


class RecordLetter(Body):
    """The sending of the registered letter: its day and the number of the receipt."""

    EXAMPLE = {"sent_on": "2026-05-18", "reference": "1A 123 456 7890 1"}

    sent_on: date
    reference: Annotated[str, Field(min_length=5, max_length=40, pattern=r"^[A-Za-z0-9 ./-]+$")]


class DecideDunning(Body):
    """An agent's decision and why; the reason stays in the file and on the contract."""

    EXAMPLE = {"reason": "Aucun paiement ni réponse depuis la mise en demeure."}

    reason: Why


class DunningView(View):
    """One debt since its formal notice, and what waits for an agent, if anything; days are absent until then."""

    number: str
    company_id: str
    company_name: str
    contract_id: str
    contract_number: str
    due_on: date
    owed_cents: int
    formal_notice_on: date
    letter_sent_on: date | None
    letter_reference: str
    suspended_on: date | None
    resumed_on: date | None
    terminated_on: date | None
    closed: bool
    task: DunningTask | None
    task_label: str

    @classmethod
    def of(cls, one: Followed) -> "DunningView":
        """The view of a debt."""
        file, letter = one.file, one.file.letter
        return cls(
            number=file.number,
            company_id=file.company_id,
            company_name=file.company_name,
            contract_id=file.contract_id,
            contract_number=file.contract_number,
            due_on=file.due_on,
            owed_cents=one.owed_cents,
            formal_notice_on=file.formal_notice_on,
            letter_sent_on=letter.sent_on if letter else None,
            letter_reference=letter.reference if letter else "",
            suspended_on=file.suspended_on,
            resumed_on=file.resumed_on,
            terminated_on=file.terminated_on,
            closed=file.closed,
            task=one.task,
            task_label=one.task.label if one.task else "",
        )


class DunningListView(View):
    """One page, the oldest notice first; pass ``next`` as ``after`` to read on."""

    debts: list[DunningView]
    next: str | None


@blueprint.endpoint(
    "GET",
    "/backoffice/dunning",
    access=Access.AGENT,
    summary="Impayés à suivre",
    query=DunningQuery,
    response=DunningListView,
    items=("H45", "M115"),
)
def list_dunning(caller: Caller, query: DunningQuery) -> DunningListView:
    """The debts that were put in formal notice and are not settled, with what waits for an agent on each."""
    found, following = dunning.page(after=cursors.decode(query.after, field="after"), limit=query.limit)
    return DunningListView(debts=[DunningView.of(one) for one in found], next=cursors.encode(following))


@blueprint.endpoint(
    "GET",
    "/backoffice/dunning/{number}/formal-notice",
    access=Access.AGENT,
    summary="Mise en demeure à imprimer",
    response=Link,
    refusals=("document_not_ready",),
    items=("H45", "M115"),
)
def print_notice(caller: Caller, number: str) -> Link:
    """For the registered letter; the link works for a few minutes."""
    return Link(url=dunning_documents.link(number))


@blueprint.endpoint(
    "POST",
    "/backoffice/dunning/{number}/letter",
    access=Access.AGENT,
    summary="Enregistrer l’envoi de la lettre recommandée",
    request=RecordLetter,
    response=DunningView,
    refusals=("letter_recorded",),
    items=("H45", "M115"),
)
def record_letter(caller: Caller, number: str, body: RecordLetter) -> DunningView:
    """The delay of the law runs from that day; without a letter no suspension can be decided."""
    found = dunning.record_letter(caller.account, number, sent_on=body.sent_on, reference=body.reference)
    return DunningView.of(found)


@blueprint.endpoint(
    "POST",
    "/backoffice/dunning/{number}/suspension",
    access=Access.AGENT,
    summary="Confirmer la suspension des garanties",
    request=DecideDunning,
    response=DunningView,
    refusals=("letter_not_sent", "step_not_open", "step_too_soon"),
    items=("H45", "M115"),
)
def suspend(caller: Caller, number: str, body: DecideDunning) -> DunningView:
    """From today on; care of suspended days is held for an agent, cards are not revoked, the company is told."""
    return DunningView.of(dunning.suspend(caller.account, number, reason=body.reason))


@blueprint.endpoint(
    "POST",
    "/backoffice/dunning/{number}/termination",
    access=Access.AGENT,
    summary="Confirmer la résiliation du contrat",
    request=DecideDunning,
    response=DunningView,
    refusals=("letter_not_sent", "step_not_open", "step_too_soon"),
    items=("H45", "M115"),
)
def terminate(caller: Caller, number: str, body: DecideDunning) -> DunningView:
    """Today is the last day of the contract; the company is told."""
    return DunningView.of(dunning.terminate(caller.account, number, reason=body.reason))


@blueprint.endpoint(
    "POST",
    "/backoffice/dunning/{number}/resumption",
    access=Access.AGENT,
    summary="Rétablir les garanties d’un contrat à jour",
    response=DunningView,
    refusals=("not_paid",),
    items=("H45", "M115"),
)
def resume(caller: Caller, number: str) -> DunningView:
    """What the daily run does by itself once all is paid: cover resumes the day after the payment."""
    return DunningView.of(dunning.resume(number))
