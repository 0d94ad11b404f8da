"""Who works on what waits for the agents: groups, one holder at a time, and a second pair of eyes (M115).

An item has at most one holder. Whoever decides holds it, if only for that moment; another agent gets it once its holder
has released it, handed it over, or left it alone for long enough. A decision that pays much is first an opinion: it
counts once another agent has confirmed it.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from chalicelib.domain.claim import LineCorrection
from chalicelib.domain.errors import Conflict

ENTRIES_KEPT = 100


class Group(StrEnum):
    """What kind of work an item is; each has its own count."""

    CLAIMS = "claims"
    ESTIMATES = "estimates"
    HOSPITAL = "hospital"
    BENEFICIARIES = "beneficiaries"
    AFFILIATIONS = "affiliations"
    DEPARTURES = "departures"
    WORK_STOPPAGES = "work_stoppages"
    BANK = "bank"
    TELETRANSMISSION = "teletransmission"
    FLOWS = "flows"
    EMAILS = "emails"
    CONTRIBUTIONS = "contributions"
    OTHERS = "others"


GROUP_LABELS = {
    Group.CLAIMS: "Demandes de remboursement",
    Group.ESTIMATES: "Devis",
    Group.HOSPITAL: "Prises en charge hospitalières",
    Group.BENEFICIARIES: "Ayants droit et certificats",
    Group.AFFILIATIONS: "Affiliations",
    Group.DEPARTURES: "Départs et portabilité",
    Group.WORK_STOPPAGES: "Arrêts de travail",
    Group.BANK: "Coordonnées bancaires",
    Group.TELETRANSMISSION: "Télétransmission",
    Group.FLOWS: "Flux à rapprocher",
    Group.EMAILS: "Adresses et coordonnées à confirmer",
    Group.CONTRIBUTIONS: "Cotisations",
    Group.OTHERS: "Autres démarches",
}

URGENT = frozenset({Group.HOSPITAL, Group.BANK})
"""Somebody is admitted to hospital, or an account is being changed: these are due sooner."""


@dataclass(frozen=True, slots=True)
class Agent:
    """An agent, as histories name them."""

    agent_id: str
    name: str


@dataclass(frozen=True, slots=True)
class Holder:
    """The agent who has an item, and since when without a sign from them."""

    agent: Agent
    since: datetime

    def is_idle(self, now: datetime, *, after: timedelta) -> bool:
        """Whether another agent may take the item over.

        >>> from datetime import UTC
        >>> holder = Holder(Agent("7", "Zoé Prat"), datetime(2026, 3, 2, 9, tzinfo=UTC))
        >>> holder.is_idle(datetime(2026, 3, 2, 12, 59, tzinfo=UTC), after=timedelta(hours=4))
        False
        >>> holder.is_idle(datetime(2026, 3, 2, 13, tzinfo=UTC), after=timedelta(hours=4))
        True
        """
        return now - self.since >= after


class Act(StrEnum):
    """What an agent did with an item, besides what the démarche's own history tells."""

    TAKEN = "taken"
    TAKEN_OVER = "taken_over"
    RELEASED = "released"
    HANDED_OVER = "handed_over"
    PROPOSED = "proposed"
    CONFIRMED = "confirmed"
    RETURNED = "returned"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One thing an agent did with an item; ``note`` is a reason, or to whom it was handed over."""

    at: datetime
    agent: Agent
    act: Act
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opinion:
    """A decision that pays much, as the first agent proposes it; it counts once another agent confirms."""

    agent: Agent
    at: datetime
    reason: str
    amount_cents: int
    corrections: tuple[LineCorrection, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Handling:
    """How the agents deal with one item: who has it, what is proposed, what was done."""

    holder: Holder | None = None
    opinion: Opinion | None = None
    entries: tuple[Entry, ...] = ()

    def taken_by(self, agent: Agent, *, now: datetime, idle_after: timedelta) -> "Handling":
        """The item in an agent's hands; they may have had it already.

        Errors: ``Conflict`` while another agent has it, or while another must confirm what one proposed.

        >>> from datetime import UTC
        >>> zoe, now = Agent("7", "Zoé Prat"), datetime(2026, 3, 2, 9, tzinfo=UTC)
        >>> Handling().taken_by(zoe, now=now, idle_after=timedelta(hours=4)).holder.agent.name
        'Zoé Prat'
        """
        if self.opinion is not None:
            self._opinion_of_another(agent)
        held = self.holder
        if held is None:
            return self._noted(Act.TAKEN, agent, now=now, holder=Holder(agent, now))
        if held.agent.agent_id == agent.agent_id:
            return replace(self, holder=Holder(agent, now))
        if held.is_idle(now, after=idle_after):
            return self._noted(Act.TAKEN_OVER, agent, now=now, holder=Holder(agent, now), note=held.agent.name)
        sentence = f"Cette démarche est entre les mains de {held.agent.name}\u00a0: demandez-lui de vous la passer."
        raise Conflict("held_by_another", sentence, holder=held.agent.name)

    def released_by(self, agent: Agent, *, now: datetime) -> "Handling":
        """The item free again; nothing changes when it was free already.

        Errors: ``Conflict`` while another agent has it.
        """
        if self.holder is None:
            return self
        self._check_held_by(agent)
        return self._noted(Act.RELEASED, agent, now=now, holder=None)

    def handed_over(self, agent: Agent, to: Agent, *, now: datetime) -> "Handling":
        """The item in the hands of the agent to whom its holder gives it.

        Errors: ``Conflict`` for an item that one does not have, or when it is the other's opinion that waits.
        """
        self._check_held_by(agent)
        if self.opinion is not None:
            self._opinion_of_another(to)
        return self._noted(Act.HANDED_OVER, agent, now=now, holder=Holder(to, now), note=to.name)

    def proposed(self, opinion: Opinion) -> "Handling":
        """The item free for another agent to confirm what its holder proposes."""
        noted = self._noted(Act.PROPOSED, opinion.agent, now=opinion.at, holder=None, note=opinion.reason)
        return replace(noted, opinion=opinion)

    def confirmed_by(self, agent: Agent, *, now: datetime) -> "Handling":
        """The opinion confirmed.

        Errors: ``Conflict`` when there is none, or it is one's own.
        """
        self._opinion_of_another(agent)
        return replace(self._noted(Act.CONFIRMED, agent, now=now, holder=self.holder), opinion=None)

    def returned_by(self, agent: Agent, *, now: datetime, reason: str) -> "Handling":
        """The item back in the hands of the agent whose opinion another agent does not share.

        Errors: ``Conflict`` when there is none, or it is one's own.
        """
        opinion = self._opinion_of_another(agent)
        back = self._noted(Act.RETURNED, agent, now=now, holder=Holder(opinion.agent, now), note=reason)
        return replace(back, opinion=None)

    def _opinion_of_another(self, agent: Agent) -> Opinion:
        if self.opinion is None:
            raise Conflict("nothing_to_confirm", "Aucune proposition n’attend de confirmation.")
        if self.opinion.agent.agent_id == agent.agent_id:
            sentence = "La proposition est la vôtre\u00a0: une autre personne doit la confirmer."
            raise Conflict("own_opinion", sentence)
        return self.opinion

    def _check_held_by(self, agent: Agent) -> None:
        if self.holder is None or self.holder.agent.agent_id != agent.agent_id:
            raise Conflict("not_held", "Vous n’avez pas cette démarche en main\u00a0: prenez-la d’abord.")

    def _noted(self, act: Act, agent: Agent, *, now: datetime, holder: Holder | None, note: str = "") -> "Handling":
        entry = Entry(at=now, agent=agent, act=act, note=note)
        return replace(self, holder=holder, entries=(*self.entries, entry)[-ENTRIES_KEPT:])
