"""The member's own contract, covered people and card (M24–M34)."""

from datetime import date

from chalicelib import clock
from chalicelib.api.routing import ApiBlueprint
from chalicelib.api.schemas import View
from chalicelib.api.session import Access, Caller
from chalicelib.api.views import AddressView, AffiliationView, BeneficiaryView, BrokerView, ContractView, Link
from chalicelib.domain.card import CARD_LABELS, CardState
from chalicelib.domain.card_rights import state_of
from chalicelib.domain.company import Contract
from chalicelib.domain.journal import DataGroup
from chalicelib.domain.member import Member
from chalicelib.services import cards, companies, contract_documents, own_space

blueprint = ApiBlueprint(__name__, tag="Espace personnel")


class CardPersonView(View):
    """Somebody whom a card names."""

    rank: int
    name: str
    birth_date: date


class CardView(View):
    """The card that was issued last: from when until when, for whom, and how it stands today."""

    number: str
    state: CardState
    state_label: str
    valid_from: date
    valid_to: date
    issued_on: date
    people: list[CardPersonView]

    @classmethod
    def of(cls, member: Member, contracts: list[Contract]) -> "CardView | None":
        """The view of a member's card, if there is one."""
        card = member.card
        if card is None:
            return None
        contract = next((one for one in contracts if one.number == card.facts.contract_number), None)
        valid_to = card.facts.valid_to
        state = state_of(card.card_id, valid_to, member=member, contract=contract, today=clock.today())
        return cls(
            number=card.number,
            state=state,
            state_label=CARD_LABELS[state],
            valid_from=card.facts.valid_from,
            valid_to=valid_to,
            issued_on=card.issued_on,
            people=[CardPersonView.model_validate(one) for one in card.facts.people],
        )


class MemberView(View):
    """The member's contracts, covered people and bank account."""

    name: str
    numero_adherent: str | None
    email: str | None
    company: str
    address: AddressView | None
    iban: str | None
    contracts: list[ContractView]
    affiliations: list[AffiliationView]
    beneficiaries: list[BeneficiaryView]
    broker: BrokerView
    card: CardView | None
    card_valid_to: date | None


@blueprint.endpoint(
    "GET",
    "/member",
    access=Access.MEMBER,
    summary="Mon contrat",
    response=MemberView,
    items=("M24", "M25", "M26", "M32", "M34", "M99"),
)
def read_member(caller: Caller) -> MemberView:
    """The IBAN is masked and the NIR is never shown."""
    member = own_space.member(caller.member_id)
    company = companies.get(member.company_id)
    contracts = own_space.contracts_of(member)
    return MemberView(
        name=member.name,
        numero_adherent=member.numero_adherent,
        email=member.email,
        company=company.name,
        address=AddressView.of(member.address) if member.address else None,
        iban=member.bank_account.iban_masked if member.bank_account else None,
        contracts=[ContractView.of(one) for one in contracts],
        affiliations=AffiliationView.all_of(member),
        beneficiaries=[BeneficiaryView.of(one) for one in member.beneficiaries],
        broker=BrokerView.model_validate(company.broker),
        card=CardView.of(member, contracts),
        card_valid_to=member.card_valid_to,
    )


@blueprint.endpoint(
    "GET",
    "/member/card",
    access=Access.MEMBER,
    summary="Ma carte de tiers payant",
    response=Link,
    refusals=("document_not_ready",),
    items=("M21", "M27", "M34"),
    journal=(DataGroup.DOCUMENTS,),
)
def read_card(caller: Caller) -> Link:
    """The link works for a few minutes; a prévoyance-only member has no card."""
    return Link(url=cards.link(own_space.member(caller.member_id)))


@blueprint.endpoint(
    "GET",
    "/member/contracts/{contract_id}/documents/{document_id}",
    access=Access.MEMBER,
    summary="Télécharger un document de mon contrat",
    response=Link,
    refusals=("document_not_ready",),
    items=("M26",),
)
def contract_document(caller: Caller, contract_id: str, document_id: str) -> Link:
    """Only the member's own contracts."""
    contract = own_space.contract(own_space.member(caller.member_id), contract_id)
    return Link(url=contract_documents.link(contract, document_id))
