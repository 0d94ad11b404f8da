"""Who is insured under a contract, as far as contributions are concerned: read from members, never kept apart.

The employees of one contract are held at once: what a call needs of each is a few hundred bytes, so that ten thousand
of them weigh a few megabytes. Whole members are read a hundred at a time.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date

from chalicelib.domain.company import Contract, Risk
from chalicelib.domain.contributions.insured import Dependant, DependantKind, Insured, Stay
from chalicelib.domain.contributions.tariff import Population, Tariff
from chalicelib.domain.member import Affiliation, Beneficiary, BeneficiaryState, Member, Relationship
from chalicelib.domain.money import Cents
from chalicelib.domain.periods import Period, day_after
from chalicelib.services import employees
from chalicelib.services.employees import Filters
from chalicelib.storage import members

READ_AT_ONCE = 100
LOCAL_SCHEME = "alsace_moselle"

Pay = Mapping[date, Mapping[str, Cents]]


def insured_under(contract: Contract, tariffs: Iterable[Tariff], pay: Pay) -> list[Insured]:
    """Everybody who was, is or will be insured under a contract of a company, by name; ``pay`` is what was declared."""
    colleges = {one.college for one in tariffs}
    held = employees.every(contract.company_id, Filters(contract_id=contract.contract_id))
    found: list[Insured] = []
    for ids in _some(one.member_id for one in held):
        found += _insured(members.several(ids).values(), contract, colleges, pay)
    return sorted(found, key=lambda one: (one.name, one.member_id))


def named(member_ids: set[str], contract: Contract, tariffs: Iterable[Tariff], pay: Pay) -> list[Insured]:
    """Those of some people who are still known, as ``insured_under`` finds them; not those whose data is gone."""
    colleges = {one.college for one in tariffs}
    return list(_insured(members.several(member_ids).values(), contract, colleges, pay))


def _some(names: Iterable[str]) -> Iterator[list[str]]:
    batch: list[str] = []
    for name in names:
        batch.append(name)
        if len(batch) == READ_AT_ONCE:
            yield batch
            batch = []
    if batch:
        yield batch


def _insured(found: Iterable[Member], contract: Contract, colleges: set[str], pay: Pay) -> Iterator[Insured]:
    for member in found:
        yield insured_of(member, contract, colleges, pay)


def insured_of(member: Member, contract: Contract, colleges: set[str], pay: Pay) -> Insured:
    """One employee under a contract: the days paid for, those kept for free, the dependants of a santé contract.

    Where the contract has prices for one college only, that is everybody's who has no other.
    Source: CSS L911-8 (nobody pays for portability); dossier 4.2.
    """
    only = next(iter(colleges)) if len(colleges) == 1 else ""
    held = [one for one in member.affiliations if one.contract_id == contract.contract_id and one.covers(one.starts_on)]
    dependants = member.beneficiaries if contract.risk is Risk.HEALTH else ()
    return Insured(
        member_id=member.member_id,
        name=_name(member),
        stays=tuple(stay for one in held for stay in _stays(member, one, one.college or only)),
        dependants=tuple(one for person in dependants for one in _dependant(person)),
        pay=tuple((month, cents[member.member_id]) for month, cents in pay.items() if member.member_id in cents),
    )


def _name(member: Member) -> str:
    """Last name first: the order of lists."""
    holder = member.holder
    return f"{holder.last_name} {holder.first_name}" if holder else member.name


def _stays(member: Member, affiliation: Affiliation, college: str) -> Iterator[Stay]:
    paid = affiliation.paid_period
    if paid.end is None or paid.start < paid.end:
        yield Stay(cover=paid, population=_population(member, affiliation), college=college)
    kept_from, kept_to = affiliation.portability_from, affiliation.period.end
    if kept_from is not None and (kept_to is None or kept_from < kept_to):
        yield Stay(cover=Period(kept_from, kept_to), population=Population.PORTABILITY, college=college)


def _population(member: Member, affiliation: Affiliation) -> Population:
    if affiliation.apprentice:
        return Population.APPRENTICE
    local = member.holder is not None and member.holder.regime == LOCAL_SCHEME
    return Population.LOCAL_SCHEME if local else Population.ACTIVE


def _dependant(person: Beneficiary) -> Iterator[Dependant]:
    """The days on which somebody was accepted and proved to be a dependant."""
    if person.relationship is None or not _accepted(person):
        return
    proof = person.held_proof
    ends = [day for day in (person.ends_on, proof.until if proof else None) if day is not None]
    end = day_after(min(ends)) if ends else None
    if end is None or person.covered_from < end:
        child = person.relationship is Relationship.CHILD
        kind = DependantKind.CHILD if child else DependantKind.ADULT
        yield Dependant(kind=kind, cover=Period(person.covered_from, end))


def _accepted(person: Beneficiary) -> bool:
    """Whether somebody was ever accepted: one who is no longer covered was, up to their last day."""
    if person.state is BeneficiaryState.ENDED:
        return person.ends_on is not None
    return person.state is BeneficiaryState.ACTIVE
