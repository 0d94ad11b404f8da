"""The account that a company's contributions are debited from, and its change (H81, H82, H83, H84, H85, H86, H87)."""

from functools import partial

from chalicelib.api.bank_views import (
    CODE_REFUSALS,
    SIGNATURE_REFUSALS,
    BankDetailsView,
    HolderName,
    OptionalBic,
    SignatureCodeView,
    SignMandate,
)
from chalicelib.api.routing import ApiBlueprint
from chalicelib.api.schemas import Body
from chalicelib.api.session import Access, Caller
from chalicelib.api.views import Link, RequestView
from chalicelib.identifiers.fields import IbanStr
from chalicelib.services import bank_details, bank_holders
from chalicelib.services.bank_details import BankForm

blueprint = ApiBlueprint(__name__, tag="Espace RH")

BASE = "/employer/companies/{company_id}/bank-details"


class ChangeBankDetails(Body):
    """The new account (H82); the RIB is sent afterwards, as for any démarche."""

    EXAMPLE = {"iban": "FR14 2004 1010 0505 0001 3M02 606", "holder": "Ateliers de la Loire", "bic": "PSSTFRPP"}

    iban: IbanStr
    holder: HolderName
    bic: OptionalBic = None


@blueprint.endpoint(
    "GET",
    BASE,
    access=Access.COMPANY_READER,
    summary="Coordonnées bancaires de ma société",
    response=BankDetailsView,
    items=("H81", "H121"),
)
def read_bank_details(caller: Caller, company_id: str) -> BankDetailsView:
    """The account in use at this moment, masked, and the change under way."""
    return BankDetailsView.of(bank_details.overview(bank_holders.company(company_id)))


@blueprint.endpoint(
    "POST",
    BASE,
    access=Access.COMPANY_ADMINISTRATOR,
    summary="Demander un changement de RIB",
    request=ChangeBankDetails,
    response=RequestView,
    status=201,
    refusals=("change_frozen",),
    idempotent=True,
    items=("H81", "H82", "H83", "H86", "H87"),
)
def change_bank_details(caller: Caller, company_id: str, body: ChangeBankDetails, idempotency_key: str) -> RequestView:
    """The démarche that waits for the RIB; a change that was under way is given up. One that was frozen holds the next
    for a while, unless an agent allows it."""
    form = BankForm(iban=body.iban, holder=body.holder, bic=body.bic)
    request = bank_details.ask(
        partial(bank_holders.company, company_id),
        form,
        account_id=caller.account.account_id,
        holder_id=company_id,
        idempotency_key=idempotency_key,
    )
    return RequestView.of(request)


@blueprint.endpoint(
    "GET",
    f"{BASE}/{{request_id}}/mandate",
    access=Access.COMPANY_ADMINISTRATOR,
    summary="Lire le mandat de prélèvement",
    response=Link,
    refusals=("document_not_ready",),
    items=("H84",),
)
def read_mandate(caller: Caller, company_id: str, request_id: str) -> Link:
    """The mandate to sign; once signed, with its page of evidence."""
    return Link(url=bank_details.mandate_link(bank_details.of_company(company_id, request_id)))


@blueprint.endpoint(
    "POST",
    f"{BASE}/{{request_id}}/signature-code",
    access=Access.COMPANY_ADMINISTRATOR,
    summary="Recevoir le code de signature par SMS",
    response=SignatureCodeView,
    status=201,
    refusals=CODE_REFUSALS,
    items=("H85", "H86", "M114"),
)
def send_signature_code(caller: Caller, company_id: str, request_id: str) -> SignatureCodeView:
    """To the mobile of the caller's profile, unless it has just replaced another; repeated at once, it finds the code
    already sent."""
    request = bank_details.of_company(company_id, request_id)
    return SignatureCodeView.of(bank_details.send_code(caller.account, request.request_id))


@blueprint.endpoint(
    "POST",
    f"{BASE}/{{request_id}}/signature",
    access=Access.COMPANY_ADMINISTRATOR,
    summary="Signer le mandat avec le code reçu",
    request=SignMandate,
    response=RequestView,
    status=201,
    refusals=SIGNATURE_REFUSALS,
    items=("H84", "H85", "H86"),
)
def sign_mandate(caller: Caller, company_id: str, request_id: str, body: SignMandate, source_ip: str) -> RequestView:
    """The new account is used once the delay is over; all administrators are told how to freeze the change."""
    request = bank_details.of_company(company_id, request_id)
    return RequestView.of(bank_details.sign(caller.account, request.request_id, body.code, source_ip=source_ip))


@blueprint.endpoint(
    "DELETE",
    f"{BASE}/{{request_id}}",
    access=Access.COMPANY_ADMINISTRATOR,
    summary="Renoncer à un changement de RIB, ou le bloquer",
    status=204,
    refusals=("already_effective",),
    items=("H81", "H86"),
)
def give_up(caller: Caller, company_id: str, request_id: str) -> None:
    """Until the new account is in use; safe to repeat."""
    bank_details.give_up(caller.account, bank_details.of_company(company_id, request_id).request_id)
