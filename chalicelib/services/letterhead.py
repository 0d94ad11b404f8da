"""The insurer as printed on every document."""

from chalicelib import settings
from chalicelib.texts.documents.models import Insurer


def letterhead() -> Insurer:
    """Who issues the documents of this stage."""
    insurer = settings.insurer()
    return Insurer(
        name=insurer.name,
        colour=insurer.colour,
        address=insurer.address,
        contact=insurer.contact,
        legal_notice=insurer.legal_notice,
        complaints=insurer.complaints,
        mediator=insurer.mediator,
    )
