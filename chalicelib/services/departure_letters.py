"""The letters that follow a departure, as tagged PDF: rights of the leaver, offer of loi Évin (H77, H79)."""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from chalicelib.domain.departure import RIGHTS, Departure, DepartureReason, portability_refused
from chalicelib.domain.errors import NotFound
from chalicelib.domain.evin import (
    CAPPED_YEARS,
    WHO,
    EvinOffer,
    EvinTitle,
    answer_by,
    dependants_covered_until,
    offer_by,
    price_cap_percent,
)
from chalicelib.domain.member import Member
from chalicelib.domain.portability import ENDINGS, Portability
from chalicelib.gateways import documents, queues
from chalicelib.services import companies, ready_documents
from chalicelib.services.letterhead import letterhead
from chalicelib.storage import members
from chalicelib.texts.dates import day_in_words
from chalicelib.texts.documents.models import DepartureLetter, LetterSection

RIGHTS_LETTER = "rights"
EVIN_LETTER = "evin"
TITLES: Mapping[str, str] = MappingProxyType(
    {RIGHTS_LETTER: "Vos droits après votre départ", EVIN_LETTER: "Proposition de maintien au titre de la loi Évin"}
)
FILE_NAMES: Mapping[str, str] = MappingProxyType({RIGHTS_LETTER: "droits-apres-depart", EVIN_LETTER: "loi-evin"})
PROVIDENT_LIMIT = (
    "En prévoyance, les indemnités journalières maintenues ne dépassent pas l’allocation chômage que vous auriez "
    "perçue pour la même période."
)
ASK_ABOUT_PENSION = (
    "La loi Évin (article 4 de la loi n° 89-1009) permet aussi de conserver une couverture santé à titre individuel si "
    "vous percevez une pension de retraite, une rente d’incapacité ou d’invalidité, ou un revenu de remplacement "
    "comme personne privée d’emploi."
)


def listed(departure: Departure) -> tuple[str, ...]:
    """The letters of a departure: nobody is written to about their own death, and an offer exists once it is made."""
    first = () if departure.declared.reason is DepartureReason.DEATH else (RIGHTS_LETTER,)
    return (*first, EVIN_LETTER) if departure.evin else first


def request(member: Member) -> None:
    """Have the letters of a member's departure written in the background."""
    for letter in listed(member.departure) if member.departure else ():
        _request(member.member_id, letter)


def _request(member_id: str, letter: str) -> None:
    queues.send("documents", {"document": "departure_letter", "member_id": member_id, "letter": letter})


def write(member_id: str, letter: str) -> None:
    """Write one letter; again gives the same bytes at the same place. One that is no longer due is not written.

    Errors: ``NotFound``.
    """
    member = members.get(member_id)
    if member is None:
        raise NotFound
    departure = member.departure
    if departure is None or letter not in listed(departure):
        return
    content = _evin(member, departure) if letter == EVIN_LETTER else _rights(member, departure)
    ready_documents.write(_key(member_id, departure, letter), content)


def link(member: Member, letter: str) -> str:
    """A short-lived link to a letter of a member's departure.

    Errors: ``NotFound``; ``Conflict`` while it is being written.
    """
    departure = member.departure
    if departure is None or letter not in listed(departure):
        raise NotFound
    return ready_documents.link(
        _key(member.member_id, departure, letter),
        name=f"{FILE_NAMES[letter]}.pdf",
        waiting="Ce courrier est en cours de préparation\u00a0: revenez dans quelques minutes.",
        prepare=lambda: _request(member.member_id, letter),
    )


def erase(member: Member) -> None:
    """Remove the letters of somebody who is erased; safe to repeat."""
    departure = member.departure
    if departure is not None:
        for revision in range(1, departure.revision + 1):
            for letter in TITLES:
                key = _key(member.member_id, replace(departure, revision=revision), letter)
                documents.delete("documents", key)


def _key(member_id: str, departure: Departure, letter: str) -> str:
    return f"departures/{member_id}/{departure.request_id}-{departure.revision}/{letter}.pdf"


def _rights(member: Member, departure: Departure) -> DepartureLetter:
    return DepartureLetter(
        insurer=letterhead(),
        title=TITLES[RIGHTS_LETTER],
        member_name=member.name,
        numero_adherent=member.numero_adherent or "",
        company=companies.get(member.company_id).name,
        covered_until=departure.covered_until,
        issued_on=departure.recorded_on,
        sections=(
            _end_of_cover(departure),
            _portability(departure.portability) if departure.portability else _no_portability(member, departure),
            _individual_cover(departure),
        ),
    )


def _end_of_cover(departure: Departure) -> LetterSection:
    last = day_in_words(departure.covered_until)
    return LetterSection(
        title="La fin de votre couverture de salarié",
        sentences=(
            f"Votre couverture et celle de vos bénéficiaires en tant que salarié prennent fin le {last} au soir. "
            "Les soins reçus jusqu’à ce jour inclus restent remboursés, même si vous nous les demandez plus tard.",
            "Votre carte de tiers payant ne doit plus être présentée après ce jour, sauf si une nouvelle vous est "
            "délivrée.",
        ),
    )


def _portability(right: Portability) -> LetterSection:
    first, last = day_in_words(right.starts_on), day_in_words(right.ends_on)
    return LetterSection(
        title="La portabilité de vos garanties",
        sentences=(
            f"L’article L911-8 du code de la sécurité sociale vous permet de conserver gratuitement les mêmes "
            f"garanties, pour vous et vos bénéficiaires, du {first} au {last} au plus tard ({right.months} mois).",
            f"Pour en bénéficier, envoyez-nous au plus tard le {day_in_words(right.proof_due_on)}, depuis votre "
            "espace, l’attestation de vos droits délivrée par France Travail. Elle vous sera redemandée régulièrement.",
            f"La portabilité cesse au premier de ces événements\u00a0: {', '.join(ENDINGS)}.",
            PROVIDENT_LIMIT,
        ),
    )


def _no_portability(member: Member, departure: Departure) -> LetterSection:
    starts_on = min(one.starts_on for one in member.affiliations)
    because = (
        portability_refused(departure.declared, covered_from=starts_on) or RIGHTS[departure.declared.reason].because
    )
    return LetterSection(title="La portabilité de vos garanties", sentences=(because,))


def _individual_cover(departure: Departure) -> LetterSection:
    right = departure.portability
    ended_on = right.ends_on if right else departure.covered_until
    return LetterSection(
        title="Conserver une couverture santé à titre individuel",
        sentences=(
            ASK_ABOUT_PENSION,
            f"Pour une couverture qui prend fin le {day_in_words(ended_on)}, la proposition vous est faite au plus "
            f"tard le {day_in_words(offer_by(ended_on))}, et vous pouvez la demander jusqu’au "
            f"{day_in_words(answer_by(ended_on))}, sans questionnaire de santé ni délai d’attente.",
        ),
    )


def _evin(member: Member, departure: Departure) -> DepartureLetter:
    offer = departure.evin
    if offer is None:
        raise NotFound
    return DepartureLetter(
        insurer=letterhead(),
        title=TITLES[EVIN_LETTER],
        member_name=member.name,
        numero_adherent=member.numero_adherent or "",
        company=companies.get(member.company_id).name,
        covered_until=offer.cover_ended_on,
        issued_on=offer.offered_on,
        sections=(_offer(offer), _price(offer)),
    )


def _offer(offer: EvinOffer) -> LetterSection:
    sentences = [
        f"L’article 4 de la loi n° 89-1009 du 31 décembre 1989 vous permet de conserver la couverture santé de "
        f"l’entreprise à titre individuel, {WHO[offer.title]}.",
        f"Vous pouvez la demander jusqu’au {day_in_words(offer.answer_by)} inclus. Les garanties sont les mêmes, sans "
        "questionnaire de santé ni délai d’attente.",
    ]
    if offer.title is EvinTitle.DEPENDANTS:
        last = day_in_words(dependants_covered_until(offer.cover_ended_on))
        sentences.append(f"Cette couverture est maintenue jusqu’au {last} au moins.")
    return LetterSection(title="Notre proposition", sentences=tuple(sentences))


def _price(offer: EvinOffer) -> LetterSection:
    caps = [
        f"Année {year}\u00a0: la cotisation ne dépasse pas {cap}\u00a0% du tarif global des salariés en activité."
        for year in CAPPED_YEARS
        if (cap := price_cap_percent(year, subscribed_on=offer.offered_on)) is not None
    ]
    return LetterSection(
        title="Le prix", sentences=(*caps, "Le tarif est ensuite libre. Il est à votre charge en totalité.")
    )
