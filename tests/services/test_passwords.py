"""Passwords: what is accepted (CNIL, délibération 2022-100) and how it is kept."""

import unicodedata

import pytest
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.errors import FieldError, FieldErrors
from chalicelib.passwords import check_password, hash_password, needs_rehash, password_matches

GOOD = "Tr8n-quai_Lmz4"


def faults_of(candidate: str, *personal: str) -> dict[str, str]:
    faults: tuple[FieldError, ...] = ()
    try:
        check_password(candidate, personal=personal)
    except FieldErrors as refused:
        faults = refused.faults
    assert {fault.field for fault in faults} <= {"password"}
    return {fault.code: fault.message for fault in faults}


@pytest.mark.parametrize(
    "candidate",
    [
        GOOD,
        "kV7#pq2!Wxz9",
        "bR7tK2mWq9XvLd",
        "Été_gRx7?kôZ",
        "trois huîtres bleues 7",
        "k#9$%&*^?/aZ",
    ],
)
def test_strong_enough_alone(candidate: str) -> None:
    assert faults_of(candidate) == {}


@pytest.mark.parametrize(
    "candidate",
    [
        "kV7#pq2!Wxz",  # 11 characters of 4 classes
        "bR7tK2mWq9XvL",  # 13 characters of 3 classes
        "brtkmwqxvldfhgpz7",  # 2 classes only
        "",
    ],
)
def test_too_weak(candidate: str) -> None:
    assert "too_weak" in faults_of(candidate)


def test_the_sentence_says_what_is_missing() -> None:
    assert faults_of("kvrtpqzw")["too_weak"].endswith(
        "celui-ci en compte 8, et il lui manque une majuscule, un chiffre et un caractère spécial."
    )


@pytest.mark.parametrize(
    "candidate",
    [
        "Azerty123456!",
        "MotDePasse2026!",
        "M0tD3P@sse-2026",
        "Mot-De-Passe-2026",
        "Qwertyuiop1234!",
        "Poiuytreza_98765",
        "1qaz2wsx3EDC!",
        "Bonjour-Marseille-13",
        "Mutuelle.Sante.2025",
        "Aaaaaaaaaaaa1!",
        "Ab1!Ab1!Ab1!Ab1!",
        "P@ssw0rd!P@ssw0rd!",
    ],
)
def test_common_words_and_walks_do_not_count_even_decorated(candidate: str) -> None:
    assert set(faults_of(candidate)) == {"predictable"}


@pytest.mark.parametrize(
    ("candidate", "personal"),
    [
        ("Camille-kV7#pq2!W", "camille.durand@exemple.fr"),
        ("DURAND-kV7#pq2!W", "camille.durand@exemple.fr"),
        ("kV7#Lefevre!pq2W", "Anne Lefèvre"),
        ("kV7#lefèvre!pq2W", "ANNE LEFEVRE"),
        ("kV7#D-u-r-a-n-d!pq2W", "Durand"),
        ("kV7#Dur4nd!pq2W", "Durand"),
        ("kV#4417302-pqW!z", "4417302"),
        ("kV7#boulangerie!pq", "Boulangerie Martin SARL"),
    ],
)
def test_what_the_person_is_known_by_is_refused(candidate: str, personal: str) -> None:
    assert "personal" in faults_of(candidate, personal)
    assert "personal" not in faults_of(candidate)


def test_short_words_are_not_personal() -> None:
    assert faults_of("kV7#roy!pq2Wzx", "Roy", "a@exemple.fr", "") == {}


def test_every_unmet_rule_is_told_at_once() -> None:
    assert set(faults_of("Durand\tazerty", "Durand")) == {"too_weak", "invisible_character", "predictable", "personal"}


def test_length_limit() -> None:
    long = "".join(chr(0x4E00 + place) for place in range(120)) + "aB7!kZ2?"
    assert len(long) == 128
    assert faults_of(long) == {}
    assert set(faults_of(long + "x")) == {"too_long"}


@given(st.text(max_size=140), st.lists(st.text(max_size=20), max_size=3))
def test_any_text_is_accepted_or_refused_with_sentences(candidate: str, personal: list[str]) -> None:
    assert all(message.endswith(".") for message in faults_of(candidate, *personal).values())


@pytest.fixture(scope="module")
def kept() -> str:
    return hash_password("Été-à-Nîmes_kV7")


def test_the_hash_does_not_tell_the_password(kept: str) -> None:
    assert kept.startswith("$argon2id$")
    assert kept != hash_password("Été-à-Nîmes_kV7")


def test_the_same_password_from_two_keyboards(kept: str) -> None:
    assert password_matches(kept, unicodedata.normalize("NFC", "Été-à-Nîmes_kV7"))
    assert password_matches(kept, unicodedata.normalize("NFD", "Été-à-Nîmes_kV7"))


@pytest.mark.parametrize("wrong", ["été-à-Nîmes_kV7", "Été-à-Nîmes_kV7 ", "", "\ud800"])
def test_another_password(kept: str, wrong: str) -> None:
    assert not password_matches(kept, wrong)


def test_an_unknown_account_matches_nothing() -> None:
    assert not password_matches(None, GOOD)


def test_a_kept_value_that_is_not_a_hash_is_not_hidden() -> None:
    with pytest.raises(InvalidHashError):
        password_matches("", GOOD)


def test_rehash_when_the_costs_have_changed(kept: str) -> None:
    assert not needs_rehash(kept)
    assert needs_rehash(PasswordHasher(time_cost=2, memory_cost=16, parallelism=1).hash(GOOD))
