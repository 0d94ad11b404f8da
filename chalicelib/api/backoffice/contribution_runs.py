"""What the daily run of contributions came to: the contracts that could not be called, and why (M115)."""

from datetime import date
from typing import Annotated

from pydantic import Field

from chalicelib.api.routing import ApiBlueprint
from chalicelib.api.schemas import View
from chalicelib.api.session import Access, Caller
from chalicelib.services import contribution_runs
from chalicelib.validation import Schema

blueprint = ApiBlueprint(__name__, tag="Gestion")


class RunQuery(Schema):
    """Which day."""

    on: Annotated[date | None, Field(description="Le dernier traitement de la semaine si rien n’est indiqué")] = None


class NotCalledView(View):
    """A contract that could not be called: since when, a stable code, a sentence."""

    company_id: str
    contract_id: str
    since: date
    code: str
    sentence: str


class RunView(View):
    """One run: how many contracts there were to call, how many were, and the others, a thousand at most."""

    run: str
    contracts: int
    called: int
    not_called: list[NotCalledView]


@blueprint.endpoint(
    "GET",
    "/backoffice/contribution-run",
    access=Access.AGENT,
    summary="Les contrats qui n’ont pas pu être appelés",
    query=RunQuery,
    response=RunView,
    items=("M115",),
)
def read_run(caller: Caller, query: RunQuery) -> RunView:
    """The report of a day's run, once it is over."""
    return RunView.model_validate(contribution_runs.read(query.on) if query.on else contribution_runs.latest())
