"""What a password must be, and how it is kept: argon2id hashes, never the password.

A password is compared in its composed Unicode form (NFC): « é » is the same from any keyboard.
"""

import re
import unicodedata
from collections.abc import Collection, Iterator
from functools import cache
from typing import TYPE_CHECKING

from chalicelib.domain.errors import FieldError, FieldErrors
from chalicelib.domain.search_text import folded

if TYPE_CHECKING:
    from argon2 import PasswordHasher

MAX_CHARACTERS = 128
_SHORTEST_WITH_FOUR_CLASSES = 12
_SHORTEST_WITH_THREE_CLASSES = 14
_UNPREDICTABLE_CHARACTERS = 8
_SHORTEST_WALK = 4
_SHORTEST_PERSONAL_WORD = 4

_TOO_LONG = f"Le mot de passe compte plus de {MAX_CHARACTERS} caractères\u00a0: raccourcissez-le."
_INVISIBLE = "Le mot de passe contient un caractère invisible (tabulation, retour à la ligne)\u00a0: retirez-le."
_PREDICTABLE = (
    "Ce mot de passe se devine facilement (mots courants, suites de touches, répétitions ou année)\u00a0: "
    f"ajoutez au moins {_UNPREDICTABLE_CHARACTERS} caractères qui n’en font pas partie."
)
_PERSONAL = (
    "Le mot de passe ne doit contenir ni votre nom, ni votre adresse électronique, ni votre numéro d’adhérent, "
    "ni le nom de votre entreprise."
)

_COMMON_WORDS = """
abricot adherent admin administrateur alexandre amour ange anniversaire antoine assurance automne avril azerty baby
basket batman bebe bella bienvenue bisous bonheur bonjour bordeaux bretagne camille canard caramel chaton cherie
cheval chien chocolat chouchou coeur coucou crevette dauphin decembre demo dimanche doudou dragon ecole enfant
entreprise espace estelle etoile famille fevrier fleur football fraise francais france fromage guillaume hello hiver
iloveyou internet janvier jardin jenesaispas jetaime jeudi juillet juin julien liberte lille login london loulou love
lucky lundi lune lyon maison maman marine mars marseille master matin mercredi minou monkey motdepasse mustang
mutuelle mypassword nantes nathalie nicolas nicole noel nouveau novembre octobre olivier orange ordinateur pantoufle
papa papillon paris passe passw0rd password patrick perso philippe pierre pirate poisson pompier portable portail
prevoyance princess princesse printemps prive qwerty rennes romain samedi sante secret secure securite septembre
shadow soleil strasbourg sunshine superman temporaire test thomas tigre tintin toulouse travail trustno1 user
utilisateur vacances vendredi violette voiture voyage welcome whatever winter
"""
_WALKS = (
    "azertyuiop",
    "qsdfghjklm",
    "wxcvbn",
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890",
    "1qaz2wsx3edc4rfv",
    "1q2w3e4r5t6y7u8i",
    "1a2z3e4r5t6y7u8i",
    "a1z2e3r4t5y6u7i8",
    "aqwzsxedcrfv",
)
_LOOK_ALIKES = str.maketrans("0134578@$€!", "oieastbasei")
_REPETITION = re.compile(r"(.{1,4}?)\1{2,}")
_YEAR = re.compile(r"(?:19|20)[0-9]{2}")


def check_password(candidate: str, *, personal: Collection[str]) -> None:
    """Accept a password that stands alone, without any other measure: 80 bits, as the CNIL counts them.

    At least 12 characters of the 4 classes (lower case, capital, digit, other), or 14 characters of 3 of them; 128 at
    most. Common words, keyboard walks, repetitions and years do not count, even decorated: 8 characters must be left
    without them. ``personal`` holds what the person is known by (names, e-mail address, numéro adhérent, company): its
    words of 4 characters or more are refused, whatever the accents and the case. A password never expires.
    Errors: FieldErrors on ``password``, one fault for each rule that is not met.
    Law: CNIL, délibération 2022-100 of 21 July 2022, case 1.

    >>> check_password("Tr8n-quai_Lmz4", personal=["camille.durand@exemple.fr"])
    """
    password = unicodedata.normalize("NFC", candidate)
    faults = [FieldError("password", message, code) for code, message in _unmet(password, personal=personal)]
    if faults:
        raise FieldErrors(*faults)


def hash_password(password: str) -> str:
    """The argon2id hash to keep, with its salt and its costs (RFC 9106, second recommended option: 64 MiB, 3 passes).

    >>> hash_password("Tr8n-quai_Lmz4").startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    True
    """
    return _hasher().hash(_bytes_of(password))


def password_matches(kept_hash: str | None, password: str) -> bool:
    """Whether ``password`` is the one that was hashed.

    None stands for an account that does not exist: the same work is done, so that the delay tells nothing.
    Errors: argon2.exceptions.InvalidHashError when what was kept is not a hash.

    >>> password_matches(None, "Tr8n-quai_Lmz4")
    False
    """
    from argon2.exceptions import VerifyMismatchError  # noqa: PLC0415  20 ms at import

    if kept_hash is None:
        _hasher().hash(_bytes_of(password))
        return False
    try:
        return _hasher().verify(kept_hash, _bytes_of(password))
    except VerifyMismatchError:
        return False


def same_password(one: str, other: str) -> bool:
    """Whether two texts are one password.

    >>> same_password("fe\u0301vrier", "f\u00e9vrier"), same_password("a", "A")
    (True, False)
    """
    return _bytes_of(one) == _bytes_of(other)


def needs_rehash(kept_hash: str) -> bool:
    """Whether a hash was made at other costs than today's: hash the password again at the next successful sign-in.

    >>> needs_rehash("$argon2id$v=19$m=65536,t=2,p=4$c2FsdHNhbHRzYWx0c2FsdA$" + "A" * 43)
    True
    """
    return _hasher().check_needs_rehash(kept_hash)


@cache
def _hasher() -> "PasswordHasher":
    from argon2 import PasswordHasher, profiles  # noqa: PLC0415  20 ms at import

    return PasswordHasher.from_parameters(profiles.RFC_9106_LOW_MEMORY)


def _bytes_of(password: str) -> bytes:
    return unicodedata.normalize("NFC", password).encode("utf-8", "surrogatepass")


def _unmet(password: str, *, personal: Collection[str]) -> Iterator[tuple[str, str]]:
    if len(password) > MAX_CHARACTERS:
        yield "too_long", _TOO_LONG
        return
    missing = _missing_classes(password)
    shortest = _SHORTEST_WITH_FOUR_CLASSES if not missing else _SHORTEST_WITH_THREE_CLASSES
    if len(password) < shortest or len(missing) > 1:
        yield "too_weak", _weakness(length=len(password), missing=missing)
    if any(unicodedata.category(character) in {"Cc", "Cf", "Cs", "Zl", "Zp"} for character in password):
        yield "invisible_character", _INVISIBLE
    if _is_predictable(password):
        yield "predictable", _PREDICTABLE
    if _holds_personal(password, personal=personal):
        yield "personal", _PERSONAL


def _missing_classes(password: str) -> list[str]:
    classes = {
        "une minuscule": any(character.islower() for character in password),
        "une majuscule": any(character.isupper() for character in password),
        "un chiffre": any(character.isdecimal() for character in password),
        "un caractère spécial": any(not character.isalnum() for character in password),
    }
    return [name for name, present in classes.items() if not present]


def _weakness(*, length: int, missing: list[str]) -> str:
    lacking = f", et il lui manque {_enumerated(missing)}" if missing else ""
    return (
        f"Choisissez au moins {_SHORTEST_WITH_FOUR_CLASSES} caractères avec une minuscule, une majuscule, un chiffre "
        "et un caractère spécial, "
        f"ou au moins {_SHORTEST_WITH_THREE_CLASSES} caractères avec trois de ces familles\u00a0: "
        f"celui-ci en compte {length}{lacking}."
    )


def _enumerated(names: list[str]) -> str:
    *first, last = names
    return f"{', '.join(first)} et {last}" if first else last


def _is_predictable(password: str) -> bool:
    plain = folded(password)
    return any(
        _unpredictable_characters(form) < _UNPREDICTABLE_CHARACTERS for form in (plain, plain.translate(_LOOK_ALIKES))
    )


def _unpredictable_characters(folded: str) -> int:
    """How many characters are left without the predictable pieces; other signs count once each, however often."""
    signs = {character for character in folded if not character.isalnum()}
    left = "".join(character for character in folded if character.isalnum())
    left = _REPETITION.sub(" ", left)
    for piece in _predictable_pieces():
        left = left.replace(piece, " ")
    left = _YEAR.sub(" ", left)
    return len(left.replace(" ", "")) + len(signs)


@cache
def _predictable_pieces() -> tuple[str, ...]:
    """Common words and walks along the keyboard, both ways, the longest first."""
    walks = {
        way[start:end]
        for walk in _WALKS
        for way in (walk, walk[::-1])
        for start in range(len(way))
        for end in range(start + _SHORTEST_WALK, len(way) + 1)
    }
    return tuple(sorted(walks.union(_COMMON_WORDS.split()), key=lambda piece: (-len(piece), piece)))


def _holds_personal(password: str, *, personal: Collection[str]) -> bool:
    plain = _letters_and_digits(folded(password))
    forms = (plain, _letters_and_digits(folded(password).translate(_LOOK_ALIKES)))
    return any(word in form for word in _personal_words(personal) for form in forms)


def _personal_words(personal: Collection[str]) -> Iterator[str]:
    for known in personal:
        word = folded(known.partition("@")[0])
        parts = re.split(r"[^0-9a-z]+", word)
        yield from {word for word in (*parts, "".join(parts)) if len(word) >= _SHORTEST_PERSONAL_WORD}


def _letters_and_digits(text: str) -> str:
    return "".join(character for character in text if character.isalnum())
