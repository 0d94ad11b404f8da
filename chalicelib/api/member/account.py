"""« Mon compte » and one's accountant: phone, e-mail, what else is known of oneself (M47, M99, M100, M101)."""

from datetime import date, datetime
from typing import Annotated

from pydantic import Field

from chalicelib.api.bank_views import SignatureCodeView, SignMandate
from chalicelib.api.routing import ApiBlueprint
from chalicelib.api.schemas import Body, View
from chalicelib.api.session import Access, Caller
from chalicelib.api.views import Acknowledged, AddressView
from chalicelib.domain.account import Account
from chalicelib.domain.company import Accountant
from chalicelib.domain.mandate import settled_at
from chalicelib.domain.member import Member
from chalicelib.identifiers.contact import mask_phone
from chalicelib.identifiers.fields import EmailStrFr, MobileFrStr, PhoneFrStr
from chalicelib.services import email_change, member_account, own_space
from chalicelib.validation import Schema

blueprint = ApiBlueprint(__name__, tag="Espace personnel")

Name = Annotated[str, Field(min_length=1, max_length=120)]
Password = Annotated[str, Field(min_length=1, max_length=512)]


class OwnAccountantForm(Schema):
    """Who keeps the member's accounts."""

    name: Name
    firm: Annotated[str, Field(max_length=120)] = ""
    email: EmailStrFr
    phone: PhoneFrStr


class NameOwnAccountant(Body):
    """The accountant, or nobody (A8)."""

    EXAMPLE = {
        "accountant": {
            "name": "Hélène Cadiou",
            "firm": "Cadiou & associés",
            "email": "h.cadiou@cadiou.example",
            "phone": "+33240987654",
        }
    }

    accountant: OwnAccountantForm | None


class ChangeOwnEmail(Body):
    """The new address, and the present password; a link sent there confirms it."""

    EXAMPLE = {"email": "lea.martin@exemple.fr", "password": "trois genêts sous la pluie"}

    email: EmailStrFr
    password: Password


class ChangeOwnMobile(Body):
    """The new number, and the present password; a code sent there confirms it."""

    EXAMPLE = {"mobile": "+33612345678", "password": "trois genêts sous la pluie"}

    mobile: MobileFrStr
    password: Password


class OwnAccountantView(View):
    """Who keeps the member's accounts."""

    name: str
    firm: str
    email: str
    phone: str


class OwnAccountView(View):
    """What is known of the member; ``mobile`` is where codes are sent to sign, masked.

    ``mobile_signs_from`` is when a number that replaced another may sign a change of account.
    """

    first_name: str
    last_name: str
    birth_date: date | None
    numero_adherent: str | None
    email: str | None
    mobile_masked: str | None
    mobile_signs_from: datetime | None
    mobile_to_confirm: str | None
    address: AddressView | None
    accountant: OwnAccountantView | None

    @classmethod
    def of(cls, account: Account, member: Member) -> "OwnAccountView":
        """The view of a member's account."""
        holder = member.holder
        pending = account.pending_mobile
        return cls(
            first_name=holder.first_name if holder else "",
            last_name=holder.last_name if holder else "",
            birth_date=holder.birth_date if holder else None,
            numero_adherent=member.numero_adherent,
            email=member.email,
            mobile_masked=mask_phone(account.mobile) if account.mobile else None,
            mobile_signs_from=settled_at(account.mobile_changed_at) if account.mobile_changed_at else None,
            mobile_to_confirm=mask_phone(pending.mobile) if pending else None,
            address=AddressView.of(member.address) if member.address else None,
            accountant=OwnAccountantView.model_validate(member.accountant) if member.accountant else None,
        )


@blueprint.endpoint(
    "GET",
    "/member/account",
    access=Access.MEMBER,
    summary="Mes informations personnelles",
    response=OwnAccountView,
    items=("M99",),
)
def read_account(caller: Caller) -> OwnAccountView:
    """Name, birth date and numbers change with the insurer's agents; the rest here."""
    return OwnAccountView.of(caller.account, own_space.member(caller.member_id))


@blueprint.endpoint(
    "POST",
    "/member/account/email",
    access=Access.MEMBER,
    summary="Changer d’adresse de courriel",
    request=ChangeOwnEmail,
    response=Acknowledged,
    status=202,
    refusals=("too_many_attempts",),
    items=("M99", "M100"),
)
def change_own_email(caller: Caller, body: ChangeOwnEmail, source_ip: str) -> Acknowledged:
    """The former address is told, and counts until the link sent to the new one is followed."""
    email_change.ask(caller.account, body.email, password=body.password, source_ip=source_ip)
    return Acknowledged(detail="Si cette adresse peut être utilisée, un lien y est envoyé pour la confirmer.")


@blueprint.endpoint(
    "PUT",
    "/member/account/mobile",
    access=Access.MEMBER,
    summary="Enregistrer mon numéro de mobile",
    request=ChangeOwnMobile,
    response=SignatureCodeView,
    refusals=("too_many_attempts",),
    items=("M88", "M100", "M114"),
)
def change_own_mobile(caller: Caller, body: ChangeOwnMobile, source_ip: str) -> SignatureCodeView:
    """A code is sent to the new number; the former one counts until the code is typed."""
    code = member_account.ask_mobile(caller.account, body.mobile, password=body.password, source_ip=source_ip)
    return SignatureCodeView.of(code)


@blueprint.endpoint(
    "POST",
    "/member/account/mobile/confirmation",
    access=Access.MEMBER,
    summary="Confirmer mon numéro de mobile avec le code reçu",
    request=SignMandate,
    response=OwnAccountView,
    refusals=("no_code_sent", "code_expired", "code_exhausted", "code_used"),
    items=("M88", "M100"),
)
def confirm_own_mobile(caller: Caller, body: SignMandate) -> OwnAccountView:
    """A mail tells of it; a number that replaces another signs no change of account for a while."""
    account = member_account.confirm_mobile(caller.account, body.code)
    return OwnAccountView.of(account, own_space.member(caller.member_id))


@blueprint.endpoint(
    "PUT",
    "/member/accountant",
    access=Access.MEMBER,
    summary="Déclarer mon expert-comptable",
    request=NameOwnAccountant,
    response=OwnAccountView,
    items=("M47",),
)
def name_own_accountant(caller: Caller, body: NameOwnAccountant) -> OwnAccountView:
    """Or that nobody keeps one's accounts any more; for any contract (A8)."""
    accountant = Accountant(**body.accountant.model_dump()) if body.accountant else None
    return OwnAccountView.of(caller.account, member_account.name_accountant(caller.member_id, accountant))
