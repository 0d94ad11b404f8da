"""Who is insured under a social security number: found by its keyed hash alone, kept in step with the members."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from pynamodb.attributes import UnicodeAttribute, UnicodeSetAttribute

from chalicelib import settings
from chalicelib.domain.member import Member
from chalicelib.storage import rows
from chalicelib.storage.transaction import Transaction


@dataclass(frozen=True, slots=True, order=True)
class Person:
    """A covered person of a member."""

    member_id: str
    beneficiary_id: str


class PersonRow(rows.Row):
    """The people whose number has a hash: one, or several when somebody is covered by two memberships."""

    class Meta(rows.Meta):
        table_name = settings.table("people")

    nir_lookup = UnicodeAttribute(hash_key=True)
    people = UnicodeSetAttribute(null=True)


def names_of(member: Member) -> tuple[str, ...]:
    """What ``Member.found_under`` holds once the member is written."""
    numbered = (one for one in member.beneficiaries if one.nir is not None)
    return tuple(sorted(f"{one.nir.lookup}/{one.beneficiary_id}" for one in numbered if one.nir))


def follow(transaction: Transaction, member: Member) -> None:
    """Have a member's people found under their numbers, within the transaction that writes the member."""
    now, before = set(names_of(member)), set(member.found_under)
    for name in sorted(now ^ before):
        _change(transaction, member.member_id, name, found=name in now)


def leave(transaction: Transaction, member: Member) -> None:
    """Have a member's people found no longer."""
    for name in member.found_under:
        _change(transaction, member.member_id, name, found=False)


def _change(transaction: Transaction, member_id: str, name: str, *, found: bool) -> None:
    lookup, _, beneficiary_id = name.partition("/")
    person = {f"{member_id}/{beneficiary_id}"}
    action = PersonRow.people.add(person) if found else PersonRow.people.delete(person)
    transaction.update(PersonRow(lookup), [action])


def under(lookups: Iterable[str]) -> dict[str, tuple[Person, ...]]:
    """The people under some hashes, in one call per hundred; none under a hash that nobody has."""
    wanted = sorted(set(lookups))
    found: defaultdict[str, tuple[Person, ...]] = defaultdict(tuple)
    for row in PersonRow.batch_get(wanted, consistent_read=True) if wanted else ():
        people = (name.partition("/") for name in row.people or ())
        found[row.nir_lookup] = tuple(sorted(Person(member_id, person) for member_id, _, person in people))
    return {lookup: found[lookup] for lookup in wanted}
