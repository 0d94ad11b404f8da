"""« Services & informations »: what each space shows of the editorial library (H98–H103, H108, M90–M95)."""

from collections.abc import Iterable

from chalicelib import clock
from chalicelib.domain.company import Contract, Risk
from chalicelib.domain.content import Audience, Content, ContentKind, shown
from chalicelib.domain.errors import NotFound
from chalicelib.domain.member import Member
from chalicelib.services import companies, own_space
from chalicelib.texts.content import library


def for_company(company_id: str, kind: ContentKind | None = None) -> tuple[Content, ...]:
    """What the espace RH of a company shows today, by kind, newest first."""
    return published(Audience.EMPLOYER, risks_of(companies.contracts_of(company_id)), kind)


def for_member(member_id: str, kind: ContentKind | None = None) -> tuple[Content, ...]:
    """What a member's space shows today, by kind, newest first."""
    return published(Audience.MEMBER, risks_held(own_space.member(member_id)), kind)


def published(audience: Audience, risks: frozenset[Risk], kind: ContentKind | None = None) -> tuple[Content, ...]:
    """What is published today for an audience that holds some risks (H108, A3)."""
    return shown(library(), audience=audience, risks=risks, on=clock.today(), kind=kind)


def one(contents: Iterable[Content], content_id: str) -> Content:
    """One content among those that are shown.

    Errors: ``NotFound``, also for a draft, an archived content and one of the other space.
    """
    for content in contents:
        if content.content_id == content_id:
            return content
    raise NotFound


def risks_of(contracts: Iterable[Contract]) -> frozenset[Risk]:
    """The risks that contracts insure."""
    return frozenset(contract.risk for contract in contracts)


def risks_held(member: Member) -> frozenset[Risk]:
    """The risks that a member is affiliated for."""
    return frozenset(each.risk for each in member.affiliations if each.runs)
