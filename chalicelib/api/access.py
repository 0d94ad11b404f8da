"""The doors of the three spaces: first connection, password links, signing in and out (H9–H21, H129–H137, M1–M16)."""

from datetime import date, datetime
from typing import Annotated

from pydantic import Field

from chalicelib.api.forms import Password, Token
from chalicelib.api.routing import ApiBlueprint
from chalicelib.api.schemas import Body, View
from chalicelib.api.session import Access, Caller
from chalicelib.api.views import Acknowledged
from chalicelib.domain.account import AccountKind
from chalicelib.domain.journal import DataGroup
from chalicelib.identifiers import InvalidIdentifier, parse_email, parse_numero_adherent
from chalicelib.identifiers.fields import EmailStrFr, NirLast8Str, NumeroAdherentStr, PostcodeStr, SirenStr
from chalicelib.services import access, bank_details, email_change
from chalicelib.services.access import SignedIn
from chalicelib.settings import insurer

blueprint = ApiBlueprint(__name__, tag="Accès")


class EmployerFirstConnection(Body):
    """The three answers that open a company's space (H11–H14)."""

    EXAMPLE = {"numero_adherent": "1234567", "siren": "903123453", "postcode": "44000"}

    numero_adherent: NumeroAdherentStr
    siren: SirenStr
    postcode: PostcodeStr


class MemberFirstConnection(Body):
    """The three answers that open a member's space (H130–H132)."""

    EXAMPLE = {
        "numero_adherent": "12345670000001",
        "nir_last8": "44109123",
        "birth_date": "1988-06-12",
    }

    numero_adherent: NumeroAdherentStr
    nir_last8: NirLast8Str
    birth_date: date


class EmailOnly(Body):
    """The e-mail address of an account."""

    EXAMPLE = {"email": "anne.legoff@ateliers-loire.example"}

    email: EmailStrFr


class MemberIdentifier(Body):
    """A numéro adhérent or an e-mail address."""

    EXAMPLE = {"identifier": "12345670000001"}

    identifier: Annotated[str, Field(min_length=1, max_length=254, examples=["12345670000001", "lea@example.org"])]


class EmailSignIn(Body):
    """E-mail and password (H19)."""

    EXAMPLE = {"email": "anne.legoff@ateliers-loire.example", "password": "trois genêts sous la pluie"}

    email: EmailStrFr
    password: Password


class MemberSignIn(MemberIdentifier):
    """Numéro adhérent or e-mail, and password (H134, M11)."""

    EXAMPLE = MemberIdentifier.EXAMPLE | {"password": "trois genêts sous la pluie"}

    password: Password


class ChangePassword(Body):
    """The present password and the new one."""

    EXAMPLE = {"current": "trois genêts sous la pluie", "new": "quatre ajoncs au bord du quai"}

    current: Password
    new: Password


class ConfirmEmail(Body):
    """The token of the link sent to a new address, as found after the ``#``."""

    EXAMPLE = {"token": "6a1f0c9be2d84f7b9d3c51e07f284ab6.Zk3vQ8c1Jr5Wn0yTt2LhXe7uBd9PsGm4"}

    token: Token


class FreezeBankChange(Body):
    """The token of the link that a notice of signature gave, as found after the ``#``."""

    EXAMPLE = {"token": "6a1f0c9be2d84f7b9d3c51e07f284ab6.Zk3vQ8c1Jr5Wn0yTt2LhXe7uBd9PsGm4"}

    token: Token


class ChoosePassword(Body):
    """The token of a link, as found after the ``#``, and the password chosen."""

    EXAMPLE = {
        "token": "6a1f0c9be2d84f7b9d3c51e07f284ab6.Zk3vQ8c1Jr5Wn0yTt2LhXe7uBd9PsGm4",
        "password": "trois genêts sous la pluie",
    }

    token: Token
    password: Password


class Session(View):
    """An open session: send the token as ``Authorization: Bearer …``."""

    token: str
    expires_at: datetime
    kind: AccountKind
    display_name: str

    @classmethod
    def of(cls, signed_in: SignedIn) -> "Session":
        """The view of a session."""
        account = signed_in.account
        return cls(
            token=signed_in.token, expires_at=signed_in.expires_at, kind=account.kind, display_name=account.display_name
        )


LINK_SENT = "Si ces informations correspondent à un dossier, un lien part à l’adresse de courriel que nous connaissons."


@blueprint.endpoint(
    "POST",
    "/access/employer/first-connection",
    access=Access.PUBLIC,
    summary="Première connexion d’un employeur",
    request=EmployerFirstConnection,
    response=Acknowledged,
    status=202,
    refusals=("space_not_open", "too_many_attempts"),
    items=("H9", "H11", "H12", "H13", "H14", "H15", "H17"),
)
def employer_first_connection(body: EmployerFirstConnection, source_ip: str) -> Acknowledged:
    """Numéro adhérent, SIREN and postcode are checked together; the answer never says which one is wrong."""
    access.first_connection_of_employer(
        numero_adherent=body.numero_adherent, siren=body.siren, postcode=body.postcode, source_ip=source_ip
    )
    return Acknowledged(detail=LINK_SENT)


@blueprint.endpoint(
    "POST",
    "/access/member/first-connection",
    access=Access.PUBLIC,
    summary="Première connexion d’un assuré",
    request=MemberFirstConnection,
    response=Acknowledged,
    status=202,
    refusals=("space_not_open", "too_many_attempts"),
    items=("H130", "H131", "H132", "H133", "M4", "M6", "M7", "M8", "M9", "M10", "M12"),
)
def member_first_connection(body: MemberFirstConnection, source_ip: str) -> Acknowledged:
    """Numéro adhérent, last 8 characters of the NIR without key and birth date are checked together."""
    access.first_connection_of_member(
        numero_adherent=body.numero_adherent,
        nir_last8=body.nir_last8,
        birth_date=body.birth_date,
        source_ip=source_ip,
    )
    mailbox = insurer().production_mailbox
    return Acknowledged(detail=f"{LINK_SENT} Si vous ne nous avez pas donné d’adresse, écrivez à {mailbox}.")


@blueprint.endpoint(
    "POST",
    "/access/passwords",
    access=Access.PUBLIC,
    summary="Choisir son mot de passe avec le lien reçu",
    request=ChoosePassword,
    status=204,
    refusals=("link_unusable",),
    items=("H17", "H18", "H133", "M10", "M15"),
)
def choose_password(body: ChoosePassword) -> None:
    """A refused password leaves the link usable; an accepted one uses it up and ends every open session."""
    access.choose_password(body.token, body.password)


@blueprint.endpoint(
    "PUT",
    "/access/password",
    access=Access.SIGNED_IN,
    summary="Changer mon mot de passe",
    request=ChangePassword,
    status=204,
    refusals=("too_many_attempts",),
    items=("H113", "M101"),
)
def change_password(caller: Caller, body: ChangePassword, source_ip: str) -> None:
    """Every session ends, this one too."""
    access.change_password(caller.account, current=body.current, new=body.new, source_ip=source_ip)


@blueprint.endpoint(
    "POST",
    "/access/email-confirmations",
    access=Access.PUBLIC,
    summary="Confirmer sa nouvelle adresse avec le lien reçu",
    request=ConfirmEmail,
    status=204,
    refusals=("link_unusable",),
    items=("H114",),
)
def confirm_email(body: ConfirmEmail) -> None:
    """The former address is told; every session ends."""
    email_change.confirm(body.token)


@blueprint.endpoint(
    "POST",
    "/access/bank-freezes",
    access=Access.PUBLIC,
    summary="Bloquer un changement de coordonnées bancaires avec le lien reçu",
    request=FreezeBankChange,
    status=204,
    refusals=("link_unusable", "already_effective"),
    items=("H86",),
)
def freeze_bank_change(body: FreezeBankChange) -> None:
    """Until the new account is in use; the account in use does not change. Safe to repeat."""
    bank_details.freeze(body.token)


@blueprint.endpoint(
    "POST",
    "/access/employer/forgotten-password",
    access=Access.PUBLIC,
    summary="Mot de passe oublié (employeur)",
    request=EmailOnly,
    response=Acknowledged,
    status=202,
    refusals=("too_many_attempts",),
    items=("H20",),
)
def employer_forgotten_password(body: EmailOnly, source_ip: str) -> Acknowledged:
    """The answer is the same whether or not the account exists."""
    access.forgotten_password(AccountKind.EMPLOYER, body.email, source_ip=source_ip)
    return Acknowledged(detail=LINK_SENT)


@blueprint.endpoint(
    "POST",
    "/access/member/forgotten-password",
    access=Access.PUBLIC,
    summary="Mot de passe oublié (assuré)",
    request=MemberIdentifier,
    response=Acknowledged,
    status=202,
    refusals=("too_many_attempts",),
    items=("M14", "H136"),
)
def member_forgotten_password(body: MemberIdentifier, source_ip: str) -> Acknowledged:
    """The answer is the same whether or not the account exists."""
    access.forgotten_password(AccountKind.MEMBER, canonical(body.identifier), source_ip=source_ip)
    return Acknowledged(detail=LINK_SENT)


@blueprint.endpoint(
    "POST",
    "/access/backoffice/forgotten-password",
    access=Access.PUBLIC,
    summary="Mot de passe oublié (gestionnaire)",
    request=EmailOnly,
    response=Acknowledged,
    status=202,
    refusals=("too_many_attempts",),
    items=("M115",),
)
def agent_forgotten_password(body: EmailOnly, source_ip: str) -> Acknowledged:
    """The answer is the same whether or not the account exists."""
    access.forgotten_password(AccountKind.AGENT, body.email, source_ip=source_ip)
    return Acknowledged(detail=LINK_SENT)


@blueprint.endpoint(
    "POST",
    "/access/employer/sessions",
    access=Access.PUBLIC,
    summary="Se connecter à l’espace RH",
    request=EmailSignIn,
    response=Session,
    status=201,
    refusals=("too_many_attempts",),
    items=("H19",),
)
def employer_sign_in(body: EmailSignIn, source_ip: str) -> Session:
    """Any wrong pair gets the same answer; the account is locked for a while after several failures."""
    return Session.of(access.sign_in(AccountKind.EMPLOYER, body.email, body.password, source_ip=source_ip))


@blueprint.endpoint(
    "POST",
    "/access/member/sessions",
    access=Access.PUBLIC,
    summary="Se connecter à l’espace personnel",
    request=MemberSignIn,
    response=Session,
    status=201,
    refusals=("too_many_attempts",),
    items=("H134", "M11", "M118"),
    journal=(DataGroup.SPACE,),
)
def member_sign_in(body: MemberSignIn, source_ip: str) -> Session:
    """The identifier is the numéro adhérent or the e-mail address."""
    identifier = canonical(body.identifier)
    signed_in = access.sign_in(AccountKind.MEMBER, identifier, body.password, source_ip=source_ip)
    return Session.of(signed_in).showing(*signed_in.account.subject_ids)


@blueprint.endpoint(
    "POST",
    "/access/backoffice/sessions",
    access=Access.PUBLIC,
    summary="Se connecter à l’espace de gestion",
    request=EmailSignIn,
    response=Session,
    status=201,
    refusals=("too_many_attempts",),
    items=("M115",),
)
def agent_sign_in(body: EmailSignIn, source_ip: str) -> Session:
    """For the insurer's agents."""
    return Session.of(access.sign_in(AccountKind.AGENT, body.email, body.password, source_ip=source_ip))


@blueprint.endpoint(
    "DELETE",
    "/access/session",
    access=Access.SIGNED_IN,
    summary="Se déconnecter",
    status=204,
    items=("H21", "H128", "M118"),
)
def sign_out(caller: Caller) -> None:
    """The session ends at once."""
    access.sign_out(caller.token)


def canonical(identifier: str) -> str:
    """A member's identifier as it is kept: the digits of a numéro adhérent, or an address."""
    for parse in (parse_numero_adherent, parse_email):
        try:
            return parse(identifier)
        except InvalidIdentifier:
            continue
    return identifier.strip()
