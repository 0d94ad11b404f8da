"""Moving house: whose address changes, from what to what, and when the CPAM must be told too (M81, M83, M84)."""

from dataclasses import dataclass

from chalicelib.domain.company import Address


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressChange:
    """One change of address: the person's own, or the household's when ``beneficiary_id`` is that of the employee.

    ``to_tell_cpam`` says that the new address is in another département, which another health fund serves.
    """

    beneficiary_id: str
    before: Address | None
    after: Address
    to_tell_cpam: bool
