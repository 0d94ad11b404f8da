"""The users of a company's espace RH (H122–H127)."""

from typing import Annotated

from pydantic import Field

from chalicelib.api.forms import Identifier, Text
from chalicelib.api.routing import ApiBlueprint
from chalicelib.api.schemas import Body, View
from chalicelib.api.session import Access, Caller
from chalicelib.domain.account import ROLE_LABELS, STATE_LABELS, AccountState, EmployerRole, UserSummary
from chalicelib.identifiers.fields import EmailStrFr
from chalicelib.services import employer_users
from chalicelib.services.employer_users import MOST_COMPANIES, UserForm
from chalicelib.validation import Schema

blueprint = ApiBlueprint(__name__, tag="Espace RH")


class UserQuery(Schema):
    """Which users: whose name or address holds a text, of a role, in a state (H123)."""

    text: Annotated[str, Field(max_length=120)] = ""
    role: EmployerRole | None = None
    state: AccountState | None = None


class ModifyUser(Body):
    """What an administrator decides about a user (H125)."""

    EXAMPLE = {
        "display_name": "Yann Morvan",
        "role": "manager",
        "company_ids": ["5d0f8c7be1a94c1f8b3a6c2d9e7f4a10"],
    }

    display_name: Text
    role: EmployerRole
    company_ids: Annotated[list[Identifier], Field(max_length=MOST_COMPANIES)]

    @property
    def form(self) -> UserForm:
        """What the service takes."""
        return UserForm(
            display_name=self.display_name, role=self.role, company_ids=tuple(dict.fromkeys(self.company_ids))
        )


class CreateUser(ModifyUser):
    """A new user; the link to choose a password goes to the address (H124, H127)."""

    EXAMPLE = ModifyUser.EXAMPLE | {"email": "yann.morvan@ateliers-loire.example"}

    email: EmailStrFr
    company_ids: Annotated[list[Identifier], Field(min_length=1, max_length=MOST_COMPANIES)]


class UserView(View):
    """A user as the list shows them; of their companies, those of who reads it."""

    account_id: str
    display_name: str
    email: str
    role: EmployerRole
    role_label: str
    state: AccountState
    state_label: str
    company_ids: list[str]

    @classmethod
    def of(cls, one: UserSummary, caller: Caller) -> "UserView":
        """The view of a summary for one of the company's administrators (H121)."""
        return cls(
            account_id=one.account_id,
            display_name=one.display_name,
            email=one.email,
            role=one.role,
            role_label=ROLE_LABELS[one.role],
            state=one.state,
            state_label=STATE_LABELS[one.state],
            company_ids=[company_id for company_id in one.company_ids if company_id in caller.account.subject_ids],
        )


class UserListView(View):
    """The users of a company, by name."""

    users: list[UserView]


@blueprint.endpoint(
    "GET",
    "/employer/companies/{company_id}/users",
    access=Access.COMPANY_ADMINISTRATOR,
    summary="Les utilisateurs de l’espace RH",
    query=UserQuery,
    response=UserListView,
    items=("H122", "H123"),
)
def list_users(caller: Caller, company_id: str, query: UserQuery) -> UserListView:
    """By name; neither case nor accents matter."""
    found = employer_users.listed(company_id, text=query.text, role=query.role, state=query.state)
    return UserListView(users=[UserView.of(one, caller) for one in found])


@blueprint.endpoint(
    "POST",
    "/employer/companies/{company_id}/users",
    access=Access.COMPANY_ADMINISTRATOR,
    summary="Créer un utilisateur",
    request=CreateUser,
    response=UserView,
    status=201,
    items=("H124", "H127"),
)
def create_user(caller: Caller, company_id: str, body: CreateUser) -> UserView:
    """The user gets a link to choose a password."""
    return UserView.of(employer_users.create(caller.account, email=body.email, form=body.form), caller)


@blueprint.endpoint(
    "PUT",
    "/employer/companies/{company_id}/users/{account_id}",
    access=Access.COMPANY_ADMINISTRATOR,
    summary="Modifier un utilisateur",
    request=ModifyUser,
    response=UserView,
    refusals=("own_account", "last_administrator", "other_company"),
    items=("H125", "H127"),
)
def modify_user(caller: Caller, company_id: str, account_id: str, body: ModifyUser) -> UserView:
    """Name, role and companies; the new rights count from the next request on."""
    return UserView.of(employer_users.modify(caller.account, company_id, account_id, body.form), caller)


@blueprint.endpoint(
    "POST",
    "/employer/companies/{company_id}/users/{account_id}/suspension",
    access=Access.COMPANY_ADMINISTRATOR,
    summary="Suspendre un utilisateur",
    response=UserView,
    refusals=("own_account", "last_administrator", "other_company"),
    items=("H126", "H127"),
)
def suspend_user(caller: Caller, company_id: str, account_id: str) -> UserView:
    """Open sessions end at once."""
    return UserView.of(employer_users.suspend(caller.account, company_id, account_id), caller)


@blueprint.endpoint(
    "DELETE",
    "/employer/companies/{company_id}/users/{account_id}/suspension",
    access=Access.COMPANY_ADMINISTRATOR,
    summary="Rétablir un utilisateur",
    response=UserView,
    refusals=("other_company",),
    items=("H126",),
)
def reinstate_user(caller: Caller, company_id: str, account_id: str) -> UserView:
    """With the password they had."""
    return UserView.of(employer_users.reinstate(caller.account, company_id, account_id), caller)


@blueprint.endpoint(
    "POST",
    "/employer/companies/{company_id}/users/{account_id}/link",
    access=Access.COMPANY_ADMINISTRATOR,
    summary="Renvoyer le lien d’un utilisateur",
    status=204,
    refusals=("not_invited", "too_many_attempts"),
    items=("H127",),
)
def resend_user_link(caller: Caller, company_id: str, account_id: str, source_ip: str) -> None:
    """For a user who has not chosen a password yet."""
    employer_users.resend_link(company_id, account_id, source_ip=source_ip)
