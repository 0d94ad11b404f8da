"""Which question somebody asks: the same words always lead to the same one, or to none.

A question matches what shares its meaningful words, rare ones counting most; a word that nothing here knows counts
against every match, so that whatever is about something else is about nothing here. A misspelt word stands for the
nearest one that is known. The comparison is the standard library's: the list has some hundred words, and a compiled
dependency would weigh more than the milliseconds it saves.
"""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache

from chalicelib.domain.assistant.intents import Intent, intents, stems, synonyms
from chalicelib.domain.assistant.words import meaningless, stem, whole_words, without_accents
from chalicelib.domain.content import Audience

THRESHOLD_PERCENT = 53
"""Least agreement of an answer: chosen on the phrasings of ``tests/domain/assistant``."""

CLOSE_ENOUGH = 0.8  # for difflib, of which 1 is the same word
SHORTEST_MISSPELT = 4
CERTAIN_PERCENT, MISSPELT_PERCENT = 100, 75
NAMES = re.compile(r"\b(?:de|d|a|pour)\W+([a-z]{2,})\W+([a-z]{2,})|\b(?:mme|madame|mlle|m|mr|monsieur)\W+([a-z]{2,})")
"""Where a person may be named: two words after « de » or « pour », one after a title."""

Stems = frozenset[str]


@dataclass(frozen=True, slots=True)
class Match:
    """What a question is taken to be, and how much the two agree."""

    intent: Intent
    percent: int


def match(question: str, audience: Audience) -> Match | None:
    """The one thing that a question of somebody of a space asks; ``None`` when it is none of the list.

    >>> found = match("Je voudrais l’echeancier svp", Audience.EMPLOYER)
    >>> found.intent.intent_id if found else None
    'payment_schedule'
    >>> match("Quel temps fera-t-il demain ?", Audience.EMPLOYER) is None
    True
    """
    found = ranking(question, audience)
    return found[0] if found and found[0].percent >= THRESHOLD_PERCENT else None


def ranking(question: str, audience: Audience) -> list[Match]:
    """Every intent that shares a keyword with a question, the most alike first."""
    lexicon = _lexicon(audience)
    asked, unnamed = lexicon.understood(question), lexicon.understood(lexicon.without_names(question))
    found = [
        Match(one, lexicon.agreement(unnamed if one.of_somebody else asked, one))
        for one in intents(audience)
        if any(known in one.keywords and sure for known, sure in asked.items())
    ]
    return sorted(found, key=lambda one: -one.percent)


@dataclass(frozen=True, slots=True)
class _Lexicon:
    """The words of a space's questions: how rare each is, and which phrases and intents they make."""

    rarity: Mapping[str, int]
    phrases: Mapping[str, tuple[Stems, ...]]
    known_to: Mapping[str, Stems]
    spellings: Mapping[str, str]
    unknown: int

    def understood(self, question: str) -> dict[str, int]:
        """The stems of a question, each with how sure we are of it: a known one, one nearly so, or an unknown one."""
        asked: dict[str, int] = {}
        for word in whole_words(question):
            found = self._canonical(word)
            sure = CERTAIN_PERCENT if found in self.rarity else 0
            if not sure and len(found) >= SHORTEST_MISSPELT:
                near = self._nearest(found) or self._nearest(word)
                found, sure = (self.spellings[near], MISSPELT_PERCENT) if near else (found, 0)
            asked[found] = max(sure, asked.get(found, 0))
        return asked

    def without_names(self, question: str) -> str:
        """A question without the people it names, by words that nothing here knows as they are written."""
        return NAMES.sub(self._unless_named, without_accents(question))

    def _unless_named(self, found: re.Match[str]) -> str:
        names = [one for one in found.groups() if one]
        known = any(one in meaningless() or self._canonical(one) in self.rarity for one in names)
        return found.group() if known else " "

    def _canonical(self, word: str) -> str:
        plain = stem(word)
        return synonyms().get(plain, plain)

    def _nearest(self, word: str) -> str | None:
        """The spelling that is known and nearly a word."""
        return next(iter(get_close_matches(word, self.spellings, n=1, cutoff=CLOSE_ENOUGH)), None)

    def agreement(self, asked: Mapping[str, int], intent: Intent) -> int:
        """Half by the likeness to the nearest phrase, half by how much of the question the intent knows at all."""
        weight = sum(self._weight(one) for one in asked) or 1
        known = self._shared(asked, self.known_to[intent.intent_id])
        nearest = max(
            2 * self._shared(asked, phrase) // (weight + sum(map(self._weight, phrase)))
            for phrase in self.phrases[intent.intent_id]
        )
        return (nearest + known // weight) // 2

    def _weight(self, found: str) -> int:
        return self.rarity.get(found, self.unknown)

    def _shared(self, asked: Mapping[str, int], known: Stems) -> int:
        return sum(self._weight(one) * sure for one, sure in asked.items() if one in known)


@cache
def _lexicon(audience: Audience) -> _Lexicon:
    phrases = {one.intent_id: tuple(frozenset(stems(phrase)) for phrase in one.phrases) for one in intents(audience)}
    known_to = {intent_id: frozenset().union(*found) for intent_id, found in phrases.items()}
    spread = Counter(stem for stems in known_to.values() for stem in stems)
    # Each halving of the number of intents that know a word makes it one point weightier.
    rarity = {stem: (len(known_to) // count).bit_length() for stem, count in spread.items()}
    plain = {one: one for one in rarity} | synonyms()
    said = {word for one in intents(audience) for phrase in one.phrases for word in whole_words(phrase)}
    whole = {word: synonyms().get(stem(word), stem(word)) for word in said}
    return _Lexicon(rarity, phrases, known_to, whole | plain, unknown=max(rarity.values()))
