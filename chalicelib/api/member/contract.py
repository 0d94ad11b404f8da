"""What is left of the member's guarantees, and when their level may change (M29–M33, M35)."""

from datetime import date

from pydantic import Field

from chalicelib.api.routing import ApiBlueprint
from chalicelib.api.schemas import View
from chalicelib.api.session import Access, Caller
from chalicelib.api.views import BrokerView
from chalicelib.domain.guarantee import Scope
from chalicelib.services import balances, level_change
from chalicelib.services.balances import PersonBalances

blueprint = ApiBlueprint(__name__, tag="Espace personnel")

SCOPES = {
    Scope.BENEFICIARY: "Par bénéficiaire",
    Scope.FAMILY: "Pour la famille",
    Scope.CONTRACT: "Pour l’ensemble du contrat",
}


class OwnLevelChangeView(View):
    """Whether the level may be changed, from which day, and whom to ask: nothing is changed here."""

    contract_number: str
    affiliated_on: date
    eligible_from: date
    eligible: bool
    sentence: str
    broker: BrokerView


class CeilingView(View):
    """One ceiling: what it allows and what is left of it."""

    clause_id: str
    label: str
    wording: str
    scope: Scope
    scope_label: str
    location: str | None = Field(description="L’oreille ou l’œil (left, right) que ce plafond compte à part")
    counted_from: date | None
    renews_on: date | None = Field(description="Le jour où le plafond recommence\u00a0; absent s’il ne recommence pas")
    most_units: int | None
    units_left: int | None
    budget_cents: int | None
    cents_left: int | None


class RenewalView(View):
    """An equipment that was bought, and the day from which the next one is paid for."""

    label: str
    location: str | None
    bought_on: date
    renews_on: date


class PersonBalancesView(View):
    """What is left for one person; nothing of an adult dependant who has not agreed (``hidden``)."""

    beneficiary_id: str
    name: str
    hidden: bool
    ceilings: list[CeilingView]
    renewals: list[RenewalView]

    @classmethod
    def of(cls, one: PersonBalances) -> "PersonBalancesView":
        """The view of somebody's balances."""
        return cls(
            beneficiary_id=one.person.beneficiary_id,
            name=one.person.name,
            hidden=one.hidden,
            ceilings=[
                CeilingView(
                    clause_id=found.clause_id,
                    label=found.label,
                    wording=found.wording,
                    scope=found.scope,
                    scope_label=SCOPES[found.scope],
                    location=found.location,
                    counted_from=found.counted_from,
                    renews_on=found.renews_on,
                    most_units=found.most_units,
                    units_left=found.units_left,
                    budget_cents=found.budget_cents,
                    cents_left=found.cents_left,
                )
                for found in one.ceilings
            ],
            renewals=[RenewalView.model_validate(found) for found in one.renewals],
        )


class BalancesView(View):
    """What is left today; ``complete`` is false when renewals were told from the latest décomptes only."""

    on: date
    contract_number: str
    people: list[PersonBalancesView]
    complete: bool


@blueprint.endpoint(
    "GET",
    "/member/level-change",
    access=Access.MEMBER,
    summary="Changer de niveau de garantie",
    response=OwnLevelChangeView,
    items=("M29", "M30", "M31", "M32", "M33"),
)
def read_level_change(caller: Caller) -> OwnLevelChangeView:
    """In santé only, after twelve months, through the broker: the space shows the day and never changes the level."""
    found = level_change.of_member(caller.member_id)
    return OwnLevelChangeView(
        contract_number=found.contract_number,
        affiliated_on=found.affiliated_on,
        eligible_from=found.eligible_from,
        eligible=found.eligible,
        sentence=found.sentence,
        broker=BrokerView.model_validate(found.broker),
    )


@blueprint.endpoint(
    "GET",
    "/member/balances",
    access=Access.MEMBER,
    summary="Ce qu’il reste de mes garanties",
    response=BalancesView,
    items=("M35",),
)
def read_balances(caller: Caller) -> BalancesView:
    """For each person: what is left of each ceiling, when it begins anew, when equipment may be renewed."""
    found = balances.of_member(caller.member_id)
    return BalancesView(
        on=found.on,
        contract_number=found.contract.number,
        people=[PersonBalancesView.of(one) for one in found.people],
        complete=found.complete,
    )
