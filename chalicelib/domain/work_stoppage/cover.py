"""What a prévoyance contract promises during a work stoppage: target, franchises, duration."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from chalicelib.domain.record import Record
from chalicelib.domain.work_stoppage.kinds import StoppageKind

LONGEST_DAYS = 3650


class FranchiseKind(StrEnum):
    """How the days that the contract leaves unpaid are counted (dossier 6.4)."""

    CONTINUOUS = "continue"
    CUMULATED = "discontinue"
    RELAY = "relais"

    @property
    def label(self) -> str:
        """The kind as a contract words it.

        >>> FranchiseKind.RELAY.label
        'En relais du maintien de salaire de l’employeur'
        """
        return _FRANCHISES[self]


_FRANCHISES = {
    FranchiseKind.CONTINUOUS: "Jours continus d’arrêt",
    FranchiseKind.CUMULATED: "Jours d’arrêt discontinus, additionnés",
    FranchiseKind.RELAY: "En relais du maintien de salaire de l’employeur",
}


class PayBasis(StrEnum):
    """Which pay the percentages bear on."""

    GROSS = "brut"
    NET = "net"


@dataclass(frozen=True, slots=True, kw_only=True)
class Franchise:
    """The unpaid days of some kinds of stoppage.

    ``days`` of a relay only serve who has no right to the employer's maintenance. A stoppage that begins within
    ``relapse_days`` of the end of another goes on with its count (continuous). ``window_months`` is how far back the
    days of other stoppages are added (cumulated). ``hospital_days`` replaces ``days`` for a stay in hospital.
    """

    stoppages: tuple[StoppageKind, ...]
    kind: FranchiseKind
    days: int
    relapse_days: int = 0
    window_months: int = 12
    hospital_days: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tranche:
    """A slice of the yearly pay, from the end of the one before to a number of yearly ceilings, and its percentage."""

    up_to_pass: int
    percent: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkStoppageCover:
    """The daily allowances of a contract.

    Pay above the last tranche is not insured; a kind of stoppage that no franchise names is not covered. Nothing is
    paid after ``most_days`` days of stoppage. ``deducts_statutory`` says that the percentages include what the
    statutory scheme pays; otherwise they are paid on top of it. The person's net pay limits the total either way.

    >>> [cover] = [WorkStoppageCover.from_record(Record(data, place="cover")) for data in [{
    ...     "tranches": [{"up_to_pass": 1, "percent": "80"}],
    ...     "franchises": [{"stoppages": ["maladie"], "kind": "continue", "days": 90}]}]]
    >>> cover.franchise_of(StoppageKind.ILLNESS).days, cover.franchise_of(StoppageKind.MATERNITY)
    (90, None)
    """

    tranches: tuple[Tranche, ...]
    franchises: tuple[Franchise, ...]
    basis: PayBasis = PayBasis.GROSS
    most_days: int = 1095
    deducts_statutory: bool = True

    def franchise_of(self, kind: StoppageKind) -> Franchise | None:
        """The franchise of a kind of stoppage, or nothing where the contract does not cover it."""
        return next((one for one in self.franchises if kind in one.stoppages), None)

    @classmethod
    def from_record(cls, record: Record) -> "WorkStoppageCover":
        """The cover of a JSON object; faults are noted in the record, whose reader calls ``check``."""
        record.only(("tranches", "franchises", "basis", "most_days", "deducts_statutory"))
        cover = cls(
            tranches=tuple(_read_tranche(entry) for entry in record.records("tranches")),
            franchises=tuple(_read_franchise(entry) for entry in record.records("franchises")),
            basis=record.choice("basis", PayBasis, default=PayBasis.GROSS),
            most_days=record.whole("most_days", default=1095, least=1, most=LONGEST_DAYS),
            deducts_statutory=record.flag("deducts_statutory", default=True),
        )
        _note_faults(record, cover)
        return cover

    def to_record(self) -> dict[str, object]:
        """The JSON object that ``from_record`` reads back as an equal cover."""
        return {
            "tranches": [{"up_to_pass": one.up_to_pass, "percent": f"{one.percent:f}"} for one in self.tranches],
            "franchises": [_franchise_to_record(one) for one in self.franchises],
            "basis": str(self.basis),
            "most_days": self.most_days,
            "deducts_statutory": self.deducts_statutory,
        }


def _read_tranche(record: Record) -> Tranche:
    record.only(("up_to_pass", "percent"))
    return Tranche(up_to_pass=record.whole("up_to_pass", least=1, most=8), percent=record.percent("percent", most=100))


def _read_franchise(record: Record) -> Franchise:
    record.only(("stoppages", "kind", "days", "relapse_days", "window_months", "hospital_days"))
    franchise = Franchise(
        stoppages=record.choices("stoppages", StoppageKind),
        kind=record.choice("kind", FranchiseKind),
        days=record.whole("days", most=LONGEST_DAYS),
        relapse_days=record.whole("relapse_days", default=0, most=365),
        window_months=record.whole("window_months", default=12, least=1, most=36),
        hospital_days=record.whole_or_none("hospital_days", most=LONGEST_DAYS),
    )
    if not franchise.stoppages:
        record.fault("stoppages", "Une franchise porte sur au moins une nature d’arrêt.")
    return franchise


def _franchise_to_record(franchise: Franchise) -> dict[str, object]:
    data: dict[str, object] = {
        "stoppages": [str(kind) for kind in franchise.stoppages],
        "kind": str(franchise.kind),
        "days": franchise.days,
        "relapse_days": franchise.relapse_days,
        "window_months": franchise.window_months,
    }
    if franchise.hospital_days is not None:
        data["hospital_days"] = franchise.hospital_days
    return data


def _note_faults(record: Record, cover: WorkStoppageCover) -> None:
    bounds = [tranche.up_to_pass for tranche in cover.tranches]
    if not bounds:
        record.fault("tranches", "Le contrat doit garantir au moins une tranche de salaire.")
    if sorted(set(bounds)) != bounds:
        record.fault("tranches", "Les tranches se suivent\u00a0: chacune va plus haut que la précédente.")
    if not cover.franchises:
        record.fault("franchises", "Le contrat doit nommer les arrêts qu’il couvre et leur franchise.")
    named = [kind for franchise in cover.franchises for kind in franchise.stoppages]
    for kind in sorted({kind for kind in named if named.count(kind) > 1}):
        record.fault("franchises", f"L’arrêt «\u00a0{kind.label}\u00a0» figure deux fois.")
