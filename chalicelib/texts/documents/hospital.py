"""What the commitment to a hospital says: who is admitted and when, what is guaranteed, until when."""

from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from chalicelib.texts.documents.models import JSON, Insurer, fields_of


@dataclass(frozen=True, slots=True, kw_only=True)
class PromiseRow:
    """One thing that is guaranteed, and how far."""

    label: str
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CommitmentLetter:
    """A prise en charge hospitalière, for the hospital and for nobody else.

    ``leaves_on`` is the expected last day of the stay, where it is known; ``valid_to`` the last day of the commitment.

    Errors: ``ValueError`` when nothing is said of any charge.
    Source: requirements M65–M71.
    """

    template: ClassVar[str] = "hospital_commitment"

    insurer: Insurer
    amc_number: str
    number: str
    issued_on: date
    valid_from: date
    valid_to: date
    contract_number: str
    numero_adherent: str
    patient_name: str
    patient_born_on: date
    hospital_name: str
    hospital_city: str
    finess: str
    enters_on: date
    leaves_on: date | None
    speciality: str
    private_room: bool
    promises: tuple[PromiseRow, ...]

    def __post_init__(self) -> None:
        if not self.promises:
            raise ValueError("a commitment says what is guaranteed")

    def to_data(self) -> dict[str, JSON]:
        """The document as the template reads it."""
        return fields_of(self)
