"""The member's accounts: where reimbursements are paid, and what own contributions are debited from (M45, A14)."""

from functools import partial

from chalicelib import clock
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
from chalicelib.api.schemas import Body, View
from chalicelib.api.session import Access, Caller
from chalicelib.api.views import Link, RequestView
from chalicelib.domain.mandate import AccountUse
from chalicelib.identifiers.fields import IbanStr
from chalicelib.services import bank_details, bank_holders, own_space
from chalicelib.services.bank_details import BankForm

blueprint = ApiBlueprint(__name__, tag="Espace personnel")

BASE = "/member/bank-details"


class ChangeMemberAccount(Body):
    """The new account, and which of the two it replaces (A14, M85); the RIB is sent afterwards (M86)."""

    EXAMPLE = {
        "use": "remboursements",
        "iban": "FR14 2004 1010 0505 0001 3M02 606",
        "holder": "Léa Martin",
        "bic": "PSSTFRPP",
    }

    use: AccountUse
    iban: IbanStr
    holder: HolderName
    bic: OptionalBic = None


class MemberAccountsView(View):
    """Both accounts: ``reimbursed_to`` is the one in use at this moment, masked, however it came to us (M89)."""

    reimbursed_to: str | None
    reimbursements: BankDetailsView
    debits: BankDetailsView


@blueprint.endpoint(
    "GET",
    BASE,
    access=Access.MEMBER,
    summary="Mes comptes bancaires",
    response=MemberAccountsView,
    items=("M45", "M89"),
)
def read_accounts(caller: Caller) -> MemberAccountsView:
    """Which account serves which use, and the changes under way."""
    member = own_space.member(caller.member_id)
    account = member.account_on(clock.now())
    shown = {
        use: BankDetailsView.of(bank_details.overview(bank_holders.MemberHolder(member, use))) for use in AccountUse
    }
    return MemberAccountsView(
        reimbursed_to=account.iban_masked if account else None,
        reimbursements=shown[AccountUse.REIMBURSEMENTS],
        debits=shown[AccountUse.DEBITS],
    )


@blueprint.endpoint(
    "POST",
    BASE,
    access=Access.MEMBER,
    summary="Demander un changement de RIB",
    request=ChangeMemberAccount,
    response=RequestView,
    status=201,
    refusals=("change_frozen", "address_missing"),
    idempotent=True,
    items=("M45", "M85", "M86", "M89", "M112"),
)
def change_account(caller: Caller, body: ChangeMemberAccount, idempotency_key: str) -> RequestView:
    """The démarche that waits for the RIB; the account in use serves until the new one does."""
    request = bank_details.ask(
        partial(bank_holders.member, caller.member_id, body.use),
        BankForm(iban=body.iban, holder=body.holder, bic=body.bic),
        account_id=caller.account.account_id,
        holder_id=caller.member_id,
        idempotency_key=idempotency_key,
    )
    return RequestView.of(request)


@blueprint.endpoint(
    "GET",
    f"{BASE}/{{request_id}}/mandate",
    access=Access.MEMBER,
    summary="Lire le mandat de prélèvement",
    response=Link,
    refusals=("document_not_ready",),
    items=("M87",),
)
def read_own_mandate(caller: Caller, request_id: str) -> Link:
    """The mandate to sign; once signed, with its page of evidence. An account to be paid has none."""
    return Link(url=bank_details.mandate_link(bank_details.of_member(caller.member_id, request_id)))


@blueprint.endpoint(
    "POST",
    f"{BASE}/{{request_id}}/signature-code",
    access=Access.MEMBER,
    summary="Recevoir le code par SMS",
    response=SignatureCodeView,
    status=201,
    refusals=CODE_REFUSALS,
    items=("M88", "M114"),
)
def send_own_code(caller: Caller, request_id: str) -> SignatureCodeView:
    """To the confirmed mobile of the account, unless it has just replaced another."""
    request = bank_details.of_member(caller.member_id, request_id)
    return SignatureCodeView.of(bank_details.send_code(caller.account, request.request_id))


@blueprint.endpoint(
    "POST",
    f"{BASE}/{{request_id}}/signature",
    access=Access.MEMBER,
    summary="Signer le mandat, ou confirmer le compte, avec le code reçu",
    request=SignMandate,
    response=RequestView,
    status=201,
    refusals=SIGNATURE_REFUSALS,
    items=("M87", "M88"),
)
def sign_own(caller: Caller, request_id: str, body: SignMandate, source_ip: str) -> RequestView:
    """The new account is used once the delay is over; the member is told how to freeze it."""
    request = bank_details.of_member(caller.member_id, request_id)
    return RequestView.of(bank_details.sign(caller.account, request.request_id, body.code, source_ip=source_ip))


@blueprint.endpoint(
    "DELETE",
    f"{BASE}/{{request_id}}",
    access=Access.MEMBER,
    summary="Renoncer à un changement de RIB, ou le bloquer",
    status=204,
    refusals=("already_effective",),
    items=("M45",),
)
def give_up_own(caller: Caller, request_id: str) -> None:
    """Until the new account is in use; safe to repeat."""
    bank_details.give_up(caller.account, bank_details.of_member(caller.member_id, request_id).request_id)
