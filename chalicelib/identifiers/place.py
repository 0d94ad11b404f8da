"""French postcodes and the département they belong to."""

from .reading import InvalidIdentifier, compact, digits

_OVERSEAS = frozenset({"971", "972", "973", "974", "975", "976", "977", "978", "980", "984", "986", "987", "988"})
_CORSE_DU_SUD = frozenset({"200", "201", "203", "207"})
_LAST_METROPOLITAN = 95


def parse_french_postcode(text: str) -> str:
    """Accept a French postcode: 5 digits that begin with a département, an overseas territory or Monaco.

    Errors: InvalidIdentifier.

    >>> parse_french_postcode("75 011")
    '75011'
    """
    typed = compact(text)
    if typed[:2] in {"2A", "2B"}:
        raise InvalidIdentifier("En Corse le code postal commence par 20\u00a0: 2A et 2B n’y figurent pas.")
    if len(typed) == 4:
        raise InvalidIdentifier(
            "Le code postal compte 5 chiffres\u00a0; du département 01 au département 09, il commence par un 0."
        )
    postcode = digits(text, count=5, what="Le code postal")
    metropolitan = 1 <= int(postcode[:2]) <= _LAST_METROPOLITAN
    if not metropolitan and postcode[:3] not in _OVERSEAS:
        raise InvalidIdentifier("Ce code postal n’est celui d’aucun département français\u00a0: vérifiez-le.")
    return postcode


def departement_of(postcode: str) -> str:
    """The département (or overseas territory) that a postcode begins with.

    A few communes are served by the post office of a neighbouring département: the postcode alone cannot tell.
    Errors: InvalidIdentifier when ``postcode`` is not a French postcode.

    >>> departement_of("75011"), departement_of("20000"), departement_of("20200"), departement_of("97400")
    ('75', '2A', '2B', '974')
    """
    valid = parse_french_postcode(postcode)
    if valid[:3] in _OVERSEAS:
        return valid[:3]
    if valid.startswith("20"):
        return "2A" if valid[:3] in _CORSE_DU_SUD else "2B"
    return valid[:2]
