"""A change of address, for a chosen person or the household (M44, M81–M84)."""

from typing import Annotated

from pydantic import Field

from chalicelib.api.forms import AddressForm
from chalicelib.api.routing import ApiBlueprint
from chalicelib.api.schemas import Body, View
from chalicelib.api.session import Access, Caller
from chalicelib.api.views import AddressView, RequestView
from chalicelib.services import addresses, insured, own_space
from chalicelib.services.addresses import Move

blueprint = ApiBlueprint(__name__, tag="Espace personnel")


class ChangeAddress(Body):
    """The new address, of the person chosen (M83); without one, the household's."""

    EXAMPLE = {
        "beneficiary_id": "9d2b7c40e1f64c8e8a35b60d7f21c5e9",
        "address": {"line1": "12 rue des Lilas", "postcode": "20200", "city": "Bastia"},
    }

    beneficiary_id: Annotated[str | None, Field(max_length=64, description="Sans personne\u00a0: tout le foyer")] = None
    address: AddressForm


class PersonAddressView(View):
    """Where a covered person lives; ``own`` when it is not the household's address."""

    beneficiary_id: str
    name: str
    address: AddressView | None
    own: bool


class AddressListView(View):
    """Where everybody lives."""

    people: list[PersonAddressView]


class AddressChangeView(View):
    """The acknowledgement, and the sentence to show when the CPAM must be told as well (M81, M84)."""

    request: RequestView
    address: AddressView
    reminder: str | None


@blueprint.endpoint(
    "GET",
    "/member/addresses",
    access=Access.MEMBER,
    summary="Les adresses de mon foyer",
    response=AddressListView,
    items=("M44", "M83"),
)
def list_addresses(caller: Caller) -> AddressListView:
    """The employee first."""
    member = own_space.member(caller.member_id)
    return AddressListView(
        people=[
            PersonAddressView(
                beneficiary_id=one.beneficiary_id,
                name=one.name,
                address=AddressView.of(address) if (address := member.address_of(one)) else None,
                own=one.address is not None,
            )
            for one in member.beneficiaries
        ]
    )


@blueprint.endpoint(
    "POST",
    "/member/addresses",
    access=Access.MEMBER,
    summary="Changer d’adresse",
    request=ChangeAddress,
    response=AddressChangeView,
    status=201,
    refusals=("key_reused",),
    idempotent=True,
    items=("M44", "M81", "M82", "M83", "M84", "M112"),
)
def change_address(caller: Caller, body: ChangeAddress, idempotency_key: str) -> AddressChangeView:
    """At once; a mail confirms it. The same key again gives the same change."""
    address = insured.address_of(body.address)
    request = addresses.change(
        caller.member_id,
        Move(beneficiary_id=body.beneficiary_id, address=address),
        account_id=caller.account.account_id,
        idempotency_key=idempotency_key,
    )
    done = request.address_change.after if request.address_change else address
    return AddressChangeView(
        request=RequestView.of(request), address=AddressView.of(done), reminder=addresses.reminder(request)
    )
