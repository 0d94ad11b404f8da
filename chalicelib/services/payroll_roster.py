"""The employees of a company as payroll knows them: who is covered by which contract on which paid days."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from chalicelib.domain.contributions.insured import month_of, within
from chalicelib.domain.member import Member
from chalicelib.domain.periods import Period
from chalicelib.services import employees
from chalicelib.services.employees import Filters
from chalicelib.storage import members


@dataclass(frozen=True, slots=True, kw_only=True)
class Rostered:
    """One employee; ``stays`` holds the days of cover that contributions are due for, by contract.

    ``nir_lookup`` is the keyed hash by which the number of a payroll file is recognised.
    """

    member_id: str
    name: str
    first_name: str
    last_name: str
    numero_adherent: str
    reference: str
    birth_date: date | None
    stays: Mapping[str, Period]
    nir_lookup: str = field(repr=False)

    def is_covered(self, contract_id: str, month: date) -> bool:
        """Whether a day of a month is covered by a contract and paid for."""
        stay = self.stays.get(contract_id)
        return stay is not None and within(stay, month_of(month)) is not None

    @property
    def known_as(self) -> str:
        """Initials, and the employer's own number: how an anomaly names somebody."""
        initials = " ".join(f"{word[0].upper()}." for word in self.name.split())
        return f"{initials} (matricule {self.reference})" if self.reference else initials


def of_company(company_id: str) -> list[Rostered]:
    """The employees of a company who are or were covered, by name: two calls for each hundred of them."""
    listed = [one.member_id for one in employees.every(company_id, Filters())]
    whole = members.several(listed)
    found = (_rostered(whole[member_id]) for member_id in listed if member_id in whole)
    return [one for one in found if one.stays]


def _rostered(member: Member) -> Rostered:
    holder = member.holder
    return Rostered(
        member_id=member.member_id,
        name=member.name,
        first_name=holder.first_name if holder else "",
        last_name=holder.last_name if holder else "",
        numero_adherent=member.numero_adherent or "",
        reference=member.reference,
        birth_date=holder.birth_date if holder else None,
        stays={one.contract_id: one.paid_period for one in member.affiliations if one.covers(one.starts_on)},
        nir_lookup=holder.nir.lookup if holder and holder.nir else "",
    )
