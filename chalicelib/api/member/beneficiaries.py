"""The people a member covers: who they are, until when that is proved, adding and removing one (M28, M41, M48–M58)."""

from datetime import date
from typing import Literal

from pydantic import Field

from chalicelib import clock
from chalicelib.api.forms import AddBeneficiary
from chalicelib.api.routing import ApiBlueprint
from chalicelib.api.schemas import View
from chalicelib.api.session import Access, Caller
from chalicelib.api.views import BeneficiaryView, RequestView
from chalicelib.domain.member import Beneficiary
from chalicelib.domain.request import Actor
from chalicelib.services import beneficiary_additions, beneficiary_removals, own_space

blueprint = ApiBlueprint(__name__, tag="Espace personnel")


class ProofView(View):
    """Until when it is proved that a child may be covered, and the démarche that awaits the next certificate."""

    until: date
    answer_by: date
    request_id: str | None
    final: bool = Field(description="L’enfant atteint l’âge limite\u00a0: aucun certificat ne prolonge sa couverture")


class RemovalView(View):
    """A removal that was asked for: its démarche, and the last day of cover."""

    request_id: str
    ends_on: date


class CoveredPersonView(View):
    """A person of the contract, as the member sees them; the NIR is never shown (M16)."""

    person: BeneficiaryView
    attached: Literal["own_number", "insured_number"] = Field(
        description="Rattaché par son propre numéro de sécurité sociale, ou par celui de l’assuré"
    )
    proof: ProofView | None
    removal: RemovalView | None
    may_be_removed: bool

    @classmethod
    def of(cls, one: Beneficiary) -> "CoveredPersonView":
        """The view of a person as they stand today."""
        proof, removal = one.held_proof, one.removal
        return cls(
            person=BeneficiaryView.of(one),
            attached="own_number" if one.nir else "insured_number",
            proof=ProofView(
                until=proof.until, answer_by=proof.answer_by, request_id=proof.request_id, final=proof.final
            )
            if proof
            else None,
            removal=RemovalView(request_id=removal.request_id, ends_on=removal.ends_on) if removal else None,
            may_be_removed=beneficiary_removals.may_be_removed(one, clock.today()),
        )


class CoveredPeopleView(View):
    """Everybody covered by the santé contract, or who was."""

    people: list[CoveredPersonView]


@blueprint.endpoint(
    "GET",
    "/member/beneficiaries",
    access=Access.MEMBER,
    summary="Mes bénéficiaires",
    response=CoveredPeopleView,
    items=("M25", "M28", "M48", "M55", "M56", "M57"),
)
def list_beneficiaries(caller: Caller) -> CoveredPeopleView:
    """By rank; each with the state of today, the proof that is awaited and the removal that is asked for."""
    member = own_space.with_health(caller.member_id)
    return CoveredPeopleView(people=[CoveredPersonView.of(one) for one in member.beneficiaries])


@blueprint.endpoint(
    "POST",
    "/member/beneficiaries",
    access=Access.MEMBER,
    summary="Ajouter un bénéficiaire",
    request=AddBeneficiary,
    response=RequestView,
    status=201,
    refusals=("already_covered", "already_requested", "partner_covered", "not_affiliated"),
    items=("M28", "M41", "M48", "M49", "M50", "M52", "M53", "M54", "M55", "M56", "M57", "M112"),
)
def add_own_beneficiary(caller: Caller, body: AddBeneficiary) -> RequestView:
    """Answers the documents to send; the person is covered, and the card follows, once they are all good."""
    request = beneficiary_additions.ask(
        own_space.member(caller.member_id),
        body.person,
        event_on=body.event_on,
        teletransmission=body.teletransmission,
        opened_by=Actor.MEMBER,
        account_id=caller.account.account_id,
    )
    return RequestView.of(request)


@blueprint.endpoint(
    "POST",
    "/member/beneficiaries/{beneficiary_id}/removal",
    access=Access.MEMBER,
    summary="Retirer un bénéficiaire",
    response=RequestView,
    status=201,
    refusals=("own_cover", "already_requested", "already_ending", "not_covered"),
    items=("M28", "M41", "M48", "M51", "M57", "M58", "M112"),
)
def remove_beneficiary(caller: Caller, beneficiary_id: str) -> RequestView:
    """From the end of this month on, without a document; what was reimbursed stays (A13)."""
    return RequestView.of(
        beneficiary_removals.ask(caller.member_id, beneficiary_id, account_id=caller.account.account_id)
    )


@blueprint.endpoint(
    "DELETE",
    "/member/beneficiaries/{beneficiary_id}/removal",
    access=Access.MEMBER,
    summary="Annuler le retrait d’un bénéficiaire",
    status=204,
    refusals=("already_effective",),
    items=("M51", "M57"),
)
def withdraw_removal(caller: Caller, beneficiary_id: str) -> None:
    """Until its last day has passed; safe to repeat."""
    beneficiary_removals.withdraw(caller.member_id, beneficiary_id, account_id=caller.account.account_id)
