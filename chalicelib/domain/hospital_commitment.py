"""A hospital commitment (prise en charge): a stay, the hospital, what is promised to it, until when (M65–M71)."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from chalicelib.domain.law import parameter
from chalicelib.domain.money import Cents


class Speciality(StrEnum):
    """What the stay is for: it decides the daily charge and what somebody is spared."""

    MEDICINE = "medecine"
    SURGERY = "chirurgie"
    MATERNITY = "maternite"
    PSYCHIATRY = "psychiatrie"
    REHABILITATION = "readaptation"


SPECIALITIES = {
    Speciality.MEDICINE: "Médecine",
    Speciality.SURGERY: "Chirurgie",
    Speciality.MATERNITY: "Maternité",
    Speciality.PSYCHIATRY: "Psychiatrie",
    Speciality.REHABILITATION: "Soins médicaux et de réadaptation",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedStay:
    """A stay to come (M66): the day of admission, the expected last day where it is known, a private room or not."""

    enters_on: date
    leaves_on: date | None
    speciality: Speciality
    private_room: bool

    @property
    def days(self) -> int:
        """Days of presence, the day of discharge included; one where the end is not known.

        Source: CSS art. L174-4 (the daily charge is due for the day of discharge too).

        >>> PlannedStay(enters_on=date(2026, 3, 2), leaves_on=date(2026, 3, 5), speciality=Speciality.SURGERY,
        ...             private_room=False).days
        4
        """
        return (self.leaves_on - self.enters_on).days + 1 if self.leaves_on else 1

    @property
    def nights(self) -> int:
        """Nights of presence, one at least."""
        return max(1, self.days - 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class HospitalAsGiven:
    """The hospital as the member names it (M67). The address they give is never written to: an agent checks it."""

    finess: str
    name: str
    city: str
    email: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """One thing that is guaranteed to the hospital, in a sentence.

    ``unit_cents`` is what is paid for each day or night, ``None`` where the contract sets no amount; ``total_cents``
    what is paid for the whole stay at most, where its length is known. Units: cents.
    """

    label: str
    sentence: str
    unit_cents: Cents | None = None
    total_cents: Cents | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What was agreed: its number, the days it holds, on which contract, what it promises, to which verified address.

    ``document_key`` is where the document lies; nobody but the hospital is ever given it (M69, M70).
    """

    number: str
    granted_at: datetime
    granted_by: str
    valid_from: date
    valid_to: date
    contract_id: str
    contract_number: str
    guarantee_table: str
    promises: tuple[Promise, ...]
    hospital_name: str
    hospital_city: str
    recipient: str
    document_key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Commitment:
    """What is asked for whom, and what was granted; ``round`` counts the grants."""

    beneficiary_id: str
    beneficiary_name: str
    stay: PlannedStay
    hospital: HospitalAsGiven
    grant: Grant | None = None
    round: int = 0

    def document_keys(self, request_id: str) -> tuple[str, ...]:
        """Where the documents of all its grants lie."""
        return tuple(document_key(request_id, number) for number in range(1, self.round + 1))


def document_key(request_id: str, round_number: int) -> str:
    """Where the document of a grant lies.

    >>> document_key("9d2b", 1)
    'hospital-commitments/9d2b/1/prise-en-charge.pdf'
    """
    return f"hospital-commitments/{request_id}/{round_number}/prise-en-charge.pdf"


def validity(stay: PlannedStay, *, rights_end_on: date | None) -> tuple[date, date]:
    """The first and last day on which a commitment holds: from the admission on, never past the rights known today.

    It holds to the expected end of the stay where that is later than its ordinary length. Source: M71; contract clause
    (``hospital.commitment.validity``).

    >>> stay = PlannedStay(enters_on=date(2026, 3, 2), leaves_on=None, speciality=Speciality.SURGERY,
    ...                    private_room=False)
    >>> [str(day) for day in validity(stay, rights_end_on=None)]
    ['2026-03-02', '2026-04-01']
    >>> [str(day) for day in validity(stay, rights_end_on=date(2026, 3, 10))]
    ['2026-03-02', '2026-03-10']
    """
    length = int(parameter("hospital.commitment.validity", on=stay.enters_on).value)
    last = max(stay.enters_on + timedelta(days=length), stay.leaves_on or stay.enters_on)
    return stay.enters_on, min(last, rights_end_on) if rights_end_on else last


def admission_window(today: date) -> tuple[date, date]:
    """The earliest and the latest day of admission that may be asked for on a day.

    An emergency is asked for once the person is in; a date further ahead than the rights can be known is no use.
    Source: insurer's practice.

    >>> [str(day) for day in admission_window(date(2026, 3, 2))]
    ['2026-01-31', '2026-08-29']
    """
    back = int(parameter("hospital.commitment.back", on=today).value)
    ahead = int(parameter("hospital.commitment.ahead", on=today).value)
    return today - timedelta(days=back), today + timedelta(days=ahead)
