"""Business identities: what exists once in the whole portal, and which aggregate it belongs to.

Two writers of the same e-mail, number or reference meet at one conditional write; whoever comes second is refused.
"""

from enum import StrEnum

from pynamodb.attributes import UnicodeAttribute

from chalicelib import settings
from chalicelib.storage import rows
from chalicelib.storage.transaction import Transaction


class Identity(StrEnum):
    """The kinds of identity."""

    SUBSCRIPTION = "subscription"
    COMPANY_NUMBER = "company-number"
    SIRET = "siret"
    EMPLOYER_EMAIL = "employer-email"
    AGENT_EMAIL = "agent-email"
    MEMBER_NUMBER = "member-number"
    MEMBER_EMAIL = "member-email"
    INVITATION = "invitation"
    COMPANY_NIR = "company-nir"
    INTAKE_FILE = "intake-file"
    ERASED_NIR = "erased-nir"


RETIRED = "retired"
"""Owner of an identity that must never be somebody else's."""


class IdentityRow(rows.Row):
    """One identity and its owner."""

    class Meta(rows.Meta):
        table_name = settings.table("identities")

    identity = UnicodeAttribute(hash_key=True)
    owner = UnicodeAttribute()


def find(kind: Identity, value: str) -> str | None:
    """The owner of an identity, or ``None``."""
    row = IdentityRow.find(_key(kind, value))
    return row.owner if row else None


def claim(transaction: Transaction, kind: Identity, value: str, owner: str) -> None:
    """Take an identity within a transaction, which fails when somebody has it."""
    transaction.put(IdentityRow(identity=_key(kind, value), owner=owner), rows.absent(IdentityRow))


def release(transaction: Transaction, kind: Identity, value: str, owner: str) -> None:
    """Give an identity up within a transaction, which fails unless the owner still has it."""
    transaction.delete(IdentityRow(identity=_key(kind, value)), IdentityRow.owner == owner)


def retire(transaction: Transaction, kind: Identity, value: str, owner: str) -> None:
    """Let an identity be nobody's for good, within a transaction that fails unless the owner still has it."""
    transaction.put(IdentityRow(identity=_key(kind, value), owner=RETIRED), IdentityRow.owner == owner)


def _key(kind: Identity, value: str) -> str:
    """The stored key; case never tells two identities apart."""
    return f"{kind}#{value.casefold()}"
