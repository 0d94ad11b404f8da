"""What the bank told and an agent must look at: debits that came back, movements that fit nothing known."""

from datetime import date

from pydantic import Field

from chalicelib.api import cursors
from chalicelib.api.cursors import Cursor
from chalicelib.api.forms import Identifier, Why
from chalicelib.api.routing import ApiBlueprint
from chalicelib.api.schemas import Body, View
from chalicelib.api.session import Access, Caller
from chalicelib.domain.bank_reason import reason
from chalicelib.domain.direct_debit import DebitState, DirectDebit
from chalicelib.domain.unmatched import Movement, MovementState
from chalicelib.services import direct_debits, incoming_transfers
from chalicelib.validation import Schema

blueprint = ApiBlueprint(__name__, tag="Gestion")


class RejectedQuery(Schema):
    """Which page."""

    before: Cursor | None = None


class MovementQuery(Schema):
    """Which page."""

    after: Cursor | None = None


class MatchMovement(Body):
    """The statement that money pays."""

    EXAMPLE = {"statement": "7654321PANU20260300"}

    statement: Identifier
    confirmed: bool = Field(
        default=False, description="Rattacher même si ni le montant ni le payeur ne sont ceux de l’appel"
    )


class SetAside(Body):
    """What the movement is, in the agent's words."""

    EXAMPLE = {"note": "Frais de tenue de compte."}

    note: Why


class RejectedDebitView(View):
    """A debit of a contribution that was refused or came back."""

    debit_id: str
    company_id: str
    statement: str
    amount_cents: int
    rum: str
    iban_masked: str
    collect_on: date
    state: DebitState
    state_label: str
    settled_on: date | None
    rejected_on: date | None
    reason: str
    sentence: str

    @classmethod
    def of(cls, debit: DirectDebit) -> "RejectedDebitView":
        """The view of a debit."""
        return cls(
            debit_id=debit.debit_id,
            company_id=debit.company_id,
            statement=debit.statement,
            amount_cents=debit.amount_cents,
            rum=debit.rum,
            iban_masked=debit.iban_masked,
            collect_on=debit.collect_on,
            state=debit.state,
            state_label=debit.state.label,
            settled_on=debit.settled_on,
            rejected_on=debit.rejected_on,
            reason=debit.reason,
            sentence=reason(debit.reason).sentence,
        )


class RejectedListView(View):
    """One page, newest first; pass ``next`` as ``before`` to read on."""

    debits: list[RejectedDebitView]
    next: str | None


class MovementView(View):
    """A movement on the insurer's account: ``told`` is what the bank says it is, ``name`` what it calls the payment."""

    entry_id: str
    told: str
    on: date
    amount_cents: int
    credit: bool
    name: str
    references: list[str]
    payer: str
    sentence: str
    state: MovementState
    statement: str
    note: str

    @classmethod
    def of(cls, movement: Movement) -> "MovementView":
        """The view of a movement."""
        return cls(
            entry_id=movement.entry_id,
            told=movement.told,
            on=movement.on,
            amount_cents=movement.amount_cents,
            credit=movement.credit,
            name=movement.name,
            references=list(movement.references),
            payer=movement.payer,
            sentence=reason(movement.reason).sentence if movement.reason else "",
            state=movement.state,
            statement=movement.statement,
            note=movement.note,
        )


class MovementListView(View):
    """One page, oldest first; pass ``next`` as ``after`` to read on."""

    movements: list[MovementView]
    next: str | None


@blueprint.endpoint(
    "GET",
    "/backoffice/rejected-debits",
    access=Access.AGENT,
    summary="Prélèvements rejetés",
    query=RejectedQuery,
    response=RejectedListView,
    items=("H43", "M115"),
)
def list_rejected(caller: Caller, query: RejectedQuery) -> RejectedListView:
    """With the bank's reason, newest first; the company was told, and pays as it decides."""
    page, following = direct_debits.page_of_rejected(before=cursors.decode(query.before, field="before"))
    return RejectedListView(debits=[RejectedDebitView.of(one) for one in page], next=cursors.encode(following))


@blueprint.endpoint(
    "GET",
    "/backoffice/bank-movements",
    access=Access.AGENT,
    summary="Mouvements à identifier",
    query=MovementQuery,
    response=MovementListView,
    items=("H43", "M115"),
)
def list_movements(caller: Caller, query: MovementQuery) -> MovementListView:
    """Money without a known reference, and answers about payments that nobody knows; oldest first."""
    page, following = incoming_transfers.waiting(after=cursors.decode(query.after, field="after"))
    return MovementListView(movements=[MovementView.of(one) for one in page], next=cursors.encode(following))


@blueprint.endpoint(
    "POST",
    "/backoffice/bank-movements/{entry_id}/matching",
    access=Access.AGENT,
    summary="Rattacher une entrée d’argent à un appel de cotisation",
    request=MatchMovement,
    response=MovementView,
    refusals=("already_settled", "not_alike"),
    items=("H43", "M115"),
)
def match(caller: Caller, entry_id: str, body: MatchMovement) -> MovementView:
    """The contribution is paid by as much; unless confirmed, the amount or the payer must be the one expected."""
    agent_id = caller.account.account_id
    matched = incoming_transfers.match(entry_id, body.statement, agent_id=agent_id, confirmed=body.confirmed)
    return MovementView.of(matched)


@blueprint.endpoint(
    "POST",
    "/backoffice/bank-movements/{entry_id}/setting-aside",
    access=Access.AGENT,
    summary="Écarter un mouvement",
    request=SetAside,
    response=MovementView,
    refusals=("already_settled",),
    items=("M115",),
)
def set_aside(caller: Caller, entry_id: str, body: SetAside) -> MovementView:
    """It is no business of the portal; the note says why."""
    return MovementView.of(incoming_transfers.set_aside(entry_id, body.note, agent_id=caller.account.account_id))
