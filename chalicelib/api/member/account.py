"""« Mon compte » and one's accountant: phone, e-mail, what else is known of oneself (M47, M99, M100, M101)."""

from datetime import date, datetime

from chalicelib.api.bank_views import SignatureCodeView, SignMandate
from chalicelib.api.forms import ChangeEmail, NameAccountant, Password
from chalicelib.api.routing import ApiBlueprint
from chalicelib.api.schemas import Body, View
from chalicelib.api.session import Access, Caller
from chalicelib.api.views import EMAIL_ASKED, AccountantView, Acknowledged, AddressView
from chalicelib.domain.account import Account
from chalicelib.domain.mandate import settled_at
from chalicelib.domain.member import Member
from chalicelib.identifiers.contact import mask_phone
from chalicelib.identifiers.fields import MobileFrStr
from chalicelib.services import email_change, member_account, own_space

blueprint = ApiBlueprint(__name__, tag="Espace personnel")


class ChangeOwnMobile(Body):
    """The new number, and the present password; a code sent there confirms it."""

    EXAMPLE = {"mobile": "+33612345678", "password": "trois genêts sous la pluie"}

    mobile: MobileFrStr
    password: Password


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
    accountant: AccountantView | None

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
            accountant=AccountantView.model_validate(member.accountant) if member.accountant else None,
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
    request=ChangeEmail,
    response=Acknowledged,
    status=202,
    refusals=("too_many_attempts",),
    items=("M99", "M100"),
)
def change_own_email(caller: Caller, body: ChangeEmail, source_ip: str) -> Acknowledged:
    """The former address is told, and counts until the link sent to the new one is followed."""
    email_change.ask(caller.account, body.email, password=body.password, source_ip=source_ip)
    return Acknowledged(detail=EMAIL_ASKED)


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
    request=NameAccountant,
    response=OwnAccountView,
    items=("M47",),
)
def name_own_accountant(caller: Caller, body: NameAccountant) -> OwnAccountView:
    """Or that nobody keeps one's accounts any more; for any contract (A8)."""
    return OwnAccountView.of(caller.account, member_account.name_accountant(caller.member_id, body.named))
