"""An agent freezes a change of account that worries somebody (H86)."""

from chalicelib.api.routing import ApiBlueprint
from chalicelib.api.session import Access, Caller
from chalicelib.services import bank_details

blueprint = ApiBlueprint(__name__, tag="Gestion")


@blueprint.endpoint(
    "DELETE",
    "/backoffice/bank-details/{request_id}",
    access=Access.AGENT,
    summary="Bloquer un changement de coordonnées bancaires",
    status=204,
    refusals=("already_effective",),
    items=("H86", "M115"),
)
def freeze(caller: Caller, request_id: str) -> None:
    """Until the new account is in use; those concerned are told. Safe to repeat."""
    bank_details.freeze_for_agent(caller.account, request_id)


@blueprint.endpoint(
    "DELETE",
    "/backoffice/bank-details/{request_id}/freeze",
    access=Access.AGENT,
    summary="Lever le blocage qui suit un changement bloqué",
    status=204,
    items=("H86", "M115"),
)
def release(caller: Caller, request_id: str) -> None:
    """Another change may then be asked for at once; an agent has spoken with the holder first. Safe to repeat."""
    bank_details.release(caller.account, request_id)
