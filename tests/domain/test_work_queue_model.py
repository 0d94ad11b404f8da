"""M115: whatever two or three agents do and whenever, an item has one holder, and nobody confirms their own opinion."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from chalicelib.domain.errors import Conflict
from chalicelib.domain.work_queue import ENTRIES_KEPT, Act, Agent, Handling, Opinion

IDLE = timedelta(hours=4)
AGENTS = tuple(Agent(str(number), name) for number, name in enumerate(("Zoé", "Ali", "Ève")))
agents = st.sampled_from(AGENTS)


class Desk(RuleBasedStateMachine):
    """One item, the agents around it, and a naive account of who has it since when and who proposes."""

    def __init__(self) -> None:
        super().__init__()
        self.now = datetime(2026, 3, 2, 9, tzinfo=UTC)
        self.item = Handling()
        self.holder: tuple[Agent, datetime] | None = None
        self.proposer: Agent | None = None
        self.confirmed_by: list[tuple[Agent, Agent]] = []

    @rule(minutes=st.integers(1, 300))
    def time_passes(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)

    @rule(agent=agents)
    def take(self, agent: Agent) -> None:
        free = self.holder is None or self.holder[0] == agent or self.now - self.holder[1] >= IDLE
        if self.proposer == agent or not free:
            with pytest.raises(Conflict) as refusal:
                self.item.taken_by(agent, now=self.now, idle_after=IDLE)
            assert refusal.value.code == ("own_opinion" if self.proposer == agent else "held_by_another")
            return
        self.item = self.item.taken_by(agent, now=self.now, idle_after=IDLE)
        self.holder = (agent, self.now)

    @rule(agent=agents)
    def release(self, agent: Agent) -> None:
        try:
            self.item = self.item.released_by(agent, now=self.now)
        except Conflict:
            assert self.holder is not None
            assert self.holder[0] != agent
        else:
            assert self.holder is None or self.holder[0] == agent
            self.holder = None

    @rule(agent=agents, to=agents)
    def hand_over(self, agent: Agent, to: Agent) -> None:
        try:
            self.item = self.item.handed_over(agent, to, now=self.now)
        except Conflict:
            assert self.holder is None or self.holder[0] != agent or to == self.proposer
        else:
            assert self.holder is not None
            assert self.holder[0] == agent
            self.holder = (to, self.now)

    @rule()
    def propose(self) -> None:
        if self.holder is None or self.proposer is not None:
            return
        agent = self.holder[0]
        opinion = Opinion(agent=agent, at=self.now, reason="Vu.", amount_cents=100_000)
        self.item = self.item.proposed(opinion)
        self.holder, self.proposer = None, agent

    @rule(agent=agents, agrees=st.booleans())
    def answer(self, agent: Agent, agrees: bool) -> None:
        def answered() -> Handling:
            if agrees:
                return self.item.confirmed_by(agent, now=self.now)
            return self.item.returned_by(agent, now=self.now, reason="Non.")

        if self.proposer in {None, agent}:
            with pytest.raises(Conflict) as refusal:
                answered()
            assert refusal.value.code == ("nothing_to_confirm" if self.proposer is None else "own_opinion")
            return
        assert self.proposer is not None
        self.item = answered()
        self.confirmed_by.append((self.proposer, agent))
        if not agrees:
            self.holder = (self.proposer, self.now)
        self.proposer = None

    @invariant()
    def there_is_one_holder_at_most_and_it_is_the_one_we_know(self) -> None:
        held = self.item.holder
        assert (held and (held.agent, held.since)) == self.holder

    @invariant()
    def an_opinion_waits_for_somebody_else(self) -> None:
        assert (self.item.opinion.agent if self.item.opinion else None) == self.proposer
        assert all(one != other for one, other in self.confirmed_by)

    @invariant()
    def everything_is_noted_and_the_note_has_an_end(self) -> None:
        assert len(self.item.entries) <= ENTRIES_KEPT
        times = [one.at for one in self.item.entries]
        assert times == sorted(times)
        answered = [one for one in self.item.entries if one.act in {Act.CONFIRMED, Act.RETURNED}]
        assert len(answered) <= len(self.confirmed_by)


TestDesk = Desk.TestCase
TestDesk.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)


def test_a_holder_is_idle_from_the_last_minute_on() -> None:
    """M115: both sides of the four hours."""
    zoe, ali, *_ = AGENTS
    then = datetime(2026, 3, 2, 9, tzinfo=UTC)
    held = Handling().taken_by(zoe, now=then, idle_after=IDLE)
    assert held.holder is not None
    assert not held.holder.is_idle(then + IDLE - timedelta(seconds=1), after=IDLE)
    taken = held.taken_by(ali, now=then + IDLE, idle_after=IDLE)
    assert taken.holder is not None
    assert (taken.holder.agent, taken.entries[-1].act, taken.entries[-1].note) == (ali, Act.TAKEN_OVER, "Zoé")


def test_a_sign_of_life_keeps_an_item() -> None:
    """M115: taking again what one has counts as one, and is not noted."""
    zoe = AGENTS[0]
    then = datetime(2026, 3, 2, 9, tzinfo=UTC)
    held = Handling().taken_by(zoe, now=then, idle_after=IDLE)
    again = held.taken_by(zoe, now=then + timedelta(hours=3), idle_after=IDLE)
    assert len(again.entries) == 1
    assert again.holder is not None
    assert not again.holder.is_idle(then + timedelta(hours=6), after=IDLE)
