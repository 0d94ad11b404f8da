"""The check of a carte de tiers payant by a health professional (M34)."""

from datetime import date
from typing import Annotated

from pydantic import Field

from chalicelib.api.routing import ApiBlueprint
from chalicelib.api.schemas import Body, View
from chalicelib.api.session import Access
from chalicelib.domain.card import CardFacts
from chalicelib.domain.journal import DataGroup
from chalicelib.services import rights_check
from chalicelib.services.rights_check import Standing
from chalicelib.texts.documents.models import DOMAINS

blueprint = ApiBlueprint(__name__, tag="Tiers payant")


class CheckRights(Body):
    """The text of the code printed on the card, as a scanner reads it."""

    EXAMPLE = {
        "code": "TP1.12345678.12345670000001.9D2B7C40E1F64C8E8A35B60D7F21C5E9.20260101.20261231."
        "0F1E2D3C4B5A69788796A5B4C3D2E1F0"
    }

    code: Annotated[str, Field(min_length=1, max_length=200)]


class DomainView(View):
    """One domain of the card: « 100 » is paid, « PEC » asks for an agreement first."""

    code: str
    meaning: str
    value: str


class NamedPersonView(View):
    """Somebody whom the card names."""

    rank: int
    first_name: str
    birth_date: date


class RightsView(View):
    """How the card stands; domains, people and days only of a card in force."""

    standing: Standing
    sentence: str
    valid_from: date | None = None
    valid_to: date | None = None
    domains: list[DomainView] = []
    people: list[NamedPersonView] = []

    @classmethod
    def of(cls, standing: Standing, sentence: str, facts: CardFacts | None) -> "RightsView":
        """The view of an answer."""
        if facts is None:
            return cls(standing=standing, sentence=sentence)
        return cls(
            standing=standing,
            sentence=sentence,
            valid_from=facts.valid_from,
            valid_to=facts.valid_to,
            domains=[DomainView(code=code, meaning=DOMAINS[code], value=value) for code, value in facts.domains],
            people=[NamedPersonView.model_validate(one) for one in facts.people],
        )


@blueprint.endpoint(
    "POST",
    "/rights-check",
    access=Access.PUBLIC,
    summary="Vérifier une carte de tiers payant",
    request=CheckRights,
    response=RightsView,
    refusals=("too_many_attempts",),
    items=("M34", "H80"),
    journal=(DataGroup.CONTRACT,),
)
def check_rights(body: CheckRights, source_ip: str) -> RightsView:
    """A code that we did not sign is « not_ours », whatever it names; whose card is in force is told of the check."""
    found = rights_check.check(body.code, source_ip=source_ip)
    answer = RightsView.of(found.standing, found.sentence, found.facts)
    return answer.showing(found.member_id) if found.member_id else answer
