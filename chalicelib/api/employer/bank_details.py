"""The account that a company's contributions are debited from, and its change (H81, H82, H83, H84, H85, H86, H87)."""

from datetime import date, datetime
from functools import partial
from typing import Annotated

from pydantic import Field

from chalicelib.api.routing import ApiBlueprint
from chalicelib.api.schemas import Body, View
from chalicelib.api.session import Access, Caller
from chalicelib.api.views import Link, RequestView
from chalicelib.domain import mandate as mandates
from chalicelib.domain import request as requests
from chalicelib.domain.mandate import Bank, Mandate, MandateState, SignatureCode
from chalicelib.domain.request import Request, RequestState
from chalicelib.identifiers.fields import IbanStr
from chalicelib.services import bank_details, bank_holders
from chalicelib.services.bank_details import BankForm

blueprint = ApiBlueprint(__name__, tag="Espace RH")

BASE = "/employer/companies/{company_id}/bank-details"


class ChangeBankDetails(Body):
    """The new account (H82); the RIB is sent afterwards, as for any démarche."""

    EXAMPLE = {"iban": "FR14 2004 1010 0505 0001 3M02 606", "holder": "Ateliers de la Loire", "bic": "PSSTFRPP"}

    iban: IbanStr
    holder: Annotated[str, Field(min_length=1, max_length=70, description="Le titulaire, comme sur le RIB")]
    bic: Annotated[
        str | None,
        Field(pattern=r"^[A-Z]{6}[A-Z0-9]{2}([A-Z0-9]{3})?$", description="Facultatif\u00a0: déduit de l’IBAN"),
    ] = None


class SignMandate(Body):
    """The code received by SMS."""

    EXAMPLE = {"code": "402917"}

    code: Annotated[str, Field(pattern=r"^[0-9]{6}$")]


class MandateView(View):
    """A mandate and its account, masked."""

    rum: str
    ics: str
    iban_masked: str
    bic: str | None
    holder: str
    state: MandateState
    state_label: str
    signed_at: datetime | None
    used_from: datetime | None
    used_until: datetime | None
    lapses_on: date | None

    @classmethod
    def of(cls, mandate: Mandate, bank: Bank, at: datetime) -> "MandateView":
        """The view of a mandate at an instant."""
        state = bank.state_of(mandate, at)
        return cls(
            rum=mandate.rum,
            ics=mandate.ics,
            iban_masked=mandate.iban_masked,
            bic=mandate.bic,
            holder=mandate.holder,
            state=state,
            state_label=mandates.LABELS[state],
            signed_at=mandate.signed_at,
            used_from=mandate.effective_at,
            used_until=bank.ends_at(mandate),
            lapses_on=mandate.lapses_on,
        )


class BankChangeView(View):
    """A change under way; ``effective_at`` is known once the mandate is signed."""

    request_id: str
    state: RequestState
    state_label: str
    rum: str
    iban_masked: str
    bic: str | None
    holder: str
    effective_at: datetime | None

    @classmethod
    def of(cls, request: Request) -> "BankChangeView | None":
        """The view of a démarche that changes an account."""
        if request.bank_change is None:
            return None
        mandate = request.bank_change.mandate
        return cls(
            request_id=request.request_id,
            state=request.state,
            state_label=requests.LABELS[request.state],
            rum=mandate.rum,
            iban_masked=mandate.iban_masked,
            bic=mandate.bic,
            holder=mandate.holder,
            effective_at=mandate.effective_at,
        )


class BankDetailsView(View):
    """The account in use with its mandate, and the change under way."""

    current: MandateView | None
    change: BankChangeView | None

    @classmethod
    def of(cls, overview: bank_details.Overview) -> "BankDetailsView":
        """The view of a company's account."""
        latest, change = overview.latest, overview.change
        return cls(
            current=MandateView.of(latest, overview.bank, overview.at) if latest else None,
            change=BankChangeView.of(change) if change else None,
        )


class SignatureCodeView(View):
    """A code that was sent: to which number, until when it serves, how often it may be typed."""

    phone_masked: str
    expires_at: datetime
    tries_left: int

    @classmethod
    def of(cls, code: SignatureCode) -> "SignatureCodeView":
        """The view of a code, which it does not hold."""
        return cls(phone_masked=code.phone_masked, expires_at=code.expires_at, tries_left=code.tries_left)


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
    idempotent=True,
    items=("H81", "H82", "H83", "H87"),
)
def change_bank_details(caller: Caller, company_id: str, body: ChangeBankDetails, idempotency_key: str) -> RequestView:
    """The démarche that waits for the RIB; a change that was under way is given up."""
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
    refusals=("mobile_missing", "nothing_to_sign", "already_signed", "too_many_attempts"),
    items=("H85", "H86", "M114"),
)
def send_signature_code(caller: Caller, company_id: str, request_id: str) -> SignatureCodeView:
    """To the mobile of the caller's profile; repeated at once, it finds the code already sent."""
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
    refusals=(
        "no_code_sent",
        "code_expired",
        "code_exhausted",
        "code_used",
        "code_of_other_document",
        "nothing_to_sign",
        "already_signed",
    ),
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
