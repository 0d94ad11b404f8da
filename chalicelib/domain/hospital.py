"""A hospital of the directory: the address that commitments may be sent to, once an agent has verified it (M71)."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from chalicelib.domain.errors import Conflict
from chalicelib.domain.search_text import searchable

ENTRIES_KEPT = 50


class HospitalState(StrEnum):
    """Whether an address may be written to."""

    TO_VERIFY = "TO_VERIFY"
    VERIFIED = "VERIFIED"
    RETIRED = "RETIRED"


HOSPITAL_LABELS = {
    HospitalState.TO_VERIFY: "Adresse à vérifier",
    HospitalState.VERIFIED: "Adresse vérifiée",
    HospitalState.RETIRED: "Adresse retirée",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class HospitalEntry:
    """One thing an agent did to an entry of the directory: when, who, what, on which address, on what proof."""

    at: datetime
    agent_id: str
    event: str
    email: str
    proof: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hospital:
    """A hospital by its FINESS, with the one address that its commitments go to.

    ``recorded_by`` is the agent who wrote this address down: another one verifies it.
    """

    finess: str
    name: str
    city: str
    email: str
    state: HospitalState
    recorded_by: str
    history: tuple[HospitalEntry, ...] = ()
    version: int = 0

    @property
    def recipient(self) -> str | None:
        """The address to write to; none unless it is verified."""
        return self.email if self.state is HospitalState.VERIFIED else None

    @property
    def listed_as(self) -> str:
        """The place in the list: by city, then name.

        >>> Hospital(finess="440000289", name="Hôtel-Dieu", city="Nantes", email="a@b.fr",
        ...          state=HospitalState.VERIFIED, recorded_by="a1").listed_as
        'nantes hotel-dieu#440000289'
        """
        return f"{searchable(self.city)} {searchable(self.name)}#{self.finess}"

    def changed(self, *, name: str, city: str, email: str, at: datetime, agent_id: str) -> "Hospital":
        """The same hospital as an agent writes it; another address must be verified anew, and so must a retired one."""
        same = email == self.email and self.state is not HospitalState.RETIRED
        renewed = replace(self, name=name, city=city, email=email)
        if not same:
            renewed = replace(renewed, state=HospitalState.TO_VERIFY, recorded_by=agent_id)
        return renewed._noted("changed", at=at, agent_id=agent_id)

    def verified(self, *, email: str, proof: str, at: datetime, agent_id: str) -> "Hospital":
        """The same hospital, its address verified; ``email`` is the address that was checked, ``proof`` says how.

        Errors: ``Conflict`` when the address is another one by now, was retired, or was recorded by the same agent.
        """
        if self.state is HospitalState.RETIRED:
            raise Conflict("hospital_retired", "Cette adresse a été retirée\u00a0: enregistrez-la de nouveau.")
        if email != self.email:
            raise Conflict("another_address", "L’adresse a changé entre-temps\u00a0: rechargez la page.")
        if agent_id == self.recorded_by:
            sentence = "Vous avez enregistré cette adresse\u00a0: un autre gestionnaire doit la vérifier."
            raise Conflict("own_address", sentence)
        checked = replace(self, state=HospitalState.VERIFIED)
        return checked._noted("verified", at=at, agent_id=agent_id, proof=proof)

    def retired(self, *, reason: str, at: datetime, agent_id: str) -> "Hospital":
        """The same hospital, to which nothing is sent any more."""
        return replace(self, state=HospitalState.RETIRED)._noted("retired", at=at, agent_id=agent_id, proof=reason)

    def _noted(self, event: str, *, at: datetime, agent_id: str, proof: str = "") -> "Hospital":
        entry = HospitalEntry(at=at, agent_id=agent_id, event=event, email=self.email, proof=proof)
        return replace(self, history=(*self.history, entry)[-ENTRIES_KEPT:])
