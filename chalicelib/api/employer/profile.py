"""One's own profile, the company and its accountant (H109–H114)."""

from typing import Annotated

from pydantic import Field

from chalicelib.api.employer.companies import CompanyView
from chalicelib.api.forms import AddressForm, ChangeEmail, NameAccountant, Text
from chalicelib.api.routing import ApiBlueprint
from chalicelib.api.schemas import Body, View
from chalicelib.api.session import Access, Caller
from chalicelib.api.views import EMAIL_ASKED, Acknowledged
from chalicelib.domain.account import ROLE_LABELS, Account, EmployerRole
from chalicelib.identifiers.contact import mask_phone
from chalicelib.identifiers.fields import EmailStrFr, MobileFrStr, PhoneFrStr
from chalicelib.services import companies, email_change, employer_profile, insured

blueprint = ApiBlueprint(__name__, tag="Espace RH")


class ProfileView(View):
    """Who is signed in; ``mobile`` is where codes are sent to sign, masked."""

    account_id: str
    display_name: str
    email: str | None
    mobile_masked: str | None
    role: EmployerRole | None
    role_label: str

    @classmethod
    def of(cls, account: Account) -> "ProfileView":
        """The view of an account."""
        return cls(
            account_id=account.account_id,
            display_name=account.display_name,
            email=account.email,
            mobile_masked=mask_phone(account.mobile) if account.mobile else None,
            role=account.role,
            role_label=ROLE_LABELS[account.role] if account.role else "",
        )


class ModifyProfile(Body):
    """What a user may change alone; the address one signs in with is changed apart."""

    EXAMPLE = {"display_name": "Anne Le Goff", "mobile": "+33612345678", "password": "trois genêts sous la pluie"}

    display_name: Text
    mobile: MobileFrStr | None = None
    password: Annotated[str, Field(max_length=512)] = Field(
        default="", description="Le mot de passe actuel, nécessaire pour changer de numéro de mobile"
    )


class ModifyCompany(Body):
    """Where the company is and how it is reached; name, SIREN and SIRET are changed by an amendment."""

    EXAMPLE = {
        "address": {"line1": "3 quai de la Fosse", "postcode": "44000", "city": "Nantes"},
        "phone": "+33240123456",
        "email": "contact@ateliers-loire.example",
    }

    address: AddressForm
    phone: PhoneFrStr | None = None
    email: EmailStrFr | None = None


@blueprint.endpoint(
    "GET",
    "/employer/profile",
    access=Access.EMPLOYER,
    summary="Mon profil",
    response=ProfileView,
    items=("H109",),
)
def read_profile(caller: Caller) -> ProfileView:
    """The signed-in user."""
    return ProfileView.of(caller.account)


@blueprint.endpoint(
    "PUT",
    "/employer/profile",
    access=Access.EMPLOYER,
    summary="Modifier mon profil",
    request=ModifyProfile,
    response=ProfileView,
    refusals=("too_many_attempts",),
    items=("H86", "H114"),
)
def modify_profile(caller: Caller, body: ModifyProfile, source_ip: str) -> ProfileView:
    """A new mobile number asks for the password, since codes to sign are sent there; a mail tells of it."""
    changed = employer_profile.modify(
        caller.account,
        display_name=body.display_name,
        mobile=body.mobile,
        password=body.password,
        source_ip=source_ip,
    )
    return ProfileView.of(changed)


@blueprint.endpoint(
    "POST",
    "/employer/profile/email",
    access=Access.EMPLOYER,
    summary="Changer d’adresse de courriel",
    request=ChangeEmail,
    response=Acknowledged,
    status=202,
    refusals=("too_many_attempts",),
    items=("H114",),
)
def change_email(caller: Caller, body: ChangeEmail, source_ip: str) -> Acknowledged:
    """The former address is told, and counts until the link sent to the new one is followed."""
    email_change.ask(caller.account, body.email, password=body.password, source_ip=source_ip)
    return Acknowledged(detail=EMAIL_ASKED)


@blueprint.endpoint(
    "PUT",
    "/employer/companies/{company_id}",
    access=Access.COMPANY_MANAGER,
    summary="Modifier ma société",
    request=ModifyCompany,
    response=CompanyView,
    items=("H114",),
)
def modify_company(caller: Caller, company_id: str, body: ModifyCompany) -> CompanyView:
    """Address and contact; the address of contact is changed by an administrator only, the former one being told."""
    address = insured.address_of(body.address)
    changed = companies.modify(caller.account, company_id, address=address, phone=body.phone, email=body.email)
    return CompanyView.of(changed)


@blueprint.endpoint(
    "PUT",
    "/employer/companies/{company_id}/accountant",
    access=Access.COMPANY_MANAGER,
    summary="Déclarer mon expert-comptable",
    request=NameAccountant,
    response=CompanyView,
    items=("H111", "H112"),
)
def name_accountant(caller: Caller, company_id: str, body: NameAccountant) -> CompanyView:
    """Afterwards the prompt to do so is gone."""
    return CompanyView.of(companies.name_accountant(company_id, body.named))
