"""What both spaces show and take of an account: its mandate, the change under way, the code that signs (H81, M89)."""

from datetime import date, datetime
from typing import Annotated

from pydantic import Field

from chalicelib.api.schemas import Body, View
from chalicelib.domain import mandate as mandates
from chalicelib.domain import request as requests
from chalicelib.domain.mandate import Bank, Mandate, MandateState, SignatureCode
from chalicelib.domain.request import Request, RequestState
from chalicelib.services import bank_details

HolderName = Annotated[str, Field(min_length=1, max_length=70, description="Le titulaire, comme sur le RIB")]
OptionalBic = Annotated[
    str | None,
    Field(pattern=r"^[A-Z]{6}[A-Z0-9]{2}([A-Z0-9]{3})?$", description="Facultatif\u00a0: déduit de l’IBAN"),
]

CODE_REFUSALS = ("mobile_missing", "mobile_too_recent", "nothing_to_sign", "already_signed", "too_many_attempts")
SIGNATURE_REFUSALS = (
    "mobile_missing",
    "mobile_too_recent",
    "no_code_sent",
    "code_expired",
    "code_exhausted",
    "code_used",
    "code_of_other_document",
    "nothing_to_sign",
    "already_signed",
)


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
