"""What a stoppage is and which moment of it is declared: the two choices that open the form (H90)."""

from enum import StrEnum


class StoppageKind(StrEnum):
    """Why somebody is off work (dossier 6.1)."""

    ILLNESS = "maladie"
    LONG_ILLNESS = "ald"
    HOSPITAL = "hospitalisation"
    WORK_ACCIDENT = "accident_travail"
    COMMUTING_ACCIDENT = "accident_trajet"
    OCCUPATIONAL_DISEASE = "maladie_professionnelle"
    MATERNITY = "maternite"
    PATERNITY = "paternite"
    ADOPTION = "adoption"
    LOSS_OF_A_CHILD = "deuil_enfant"
    THERAPEUTIC_PART_TIME = "temps_partiel_therapeutique"
    INVALIDITY = "invalidite"

    @property
    def label(self) -> str:
        """The kind as the form shows it.

        >>> StoppageKind.WORK_ACCIDENT.label
        'Accident du travail'
        """
        return _KINDS[self]

    @property
    def scheme(self) -> "Scheme":
        """The branch of the statutory scheme that pays the allowances.

        >>> StoppageKind.HOSPITAL.scheme is Scheme.ILLNESS
        True
        """
        return _SCHEMES.get(self, Scheme.ILLNESS)


class Scheme(StrEnum):
    """The branch of the statutory scheme, which decides the formula of the allowance (dossier 6.2)."""

    ILLNESS = "maladie"
    ACCIDENT = "accident"
    MATERNITY = "maternite"
    INVALIDITY = "invalidite"


class Movement(StrEnum):
    """Which moment of a stoppage is declared."""

    OPENING = "initial"
    PROLONGATION = "prolongation"
    RETURN = "reprise"
    RELAPSE = "rechute"

    @property
    def label(self) -> str:
        """The movement as the form shows it.

        >>> Movement.RETURN.label
        'Reprise du travail'
        """
        return _MOVEMENTS[self]


_KINDS = {
    StoppageKind.ILLNESS: "Maladie",
    StoppageKind.LONG_ILLNESS: "Affection de longue durée (ALD)",
    StoppageKind.HOSPITAL: "Hospitalisation",
    StoppageKind.WORK_ACCIDENT: "Accident du travail",
    StoppageKind.COMMUTING_ACCIDENT: "Accident de trajet",
    StoppageKind.OCCUPATIONAL_DISEASE: "Maladie professionnelle",
    StoppageKind.MATERNITY: "Maternité",
    StoppageKind.PATERNITY: "Paternité et accueil de l’enfant",
    StoppageKind.ADOPTION: "Adoption",
    StoppageKind.LOSS_OF_A_CHILD: "Deuil d’un enfant",
    StoppageKind.THERAPEUTIC_PART_TIME: "Temps partiel thérapeutique",
    StoppageKind.INVALIDITY: "Invalidité",
}
_SCHEMES = {
    StoppageKind.WORK_ACCIDENT: Scheme.ACCIDENT,
    StoppageKind.COMMUTING_ACCIDENT: Scheme.ACCIDENT,
    StoppageKind.OCCUPATIONAL_DISEASE: Scheme.ACCIDENT,
    StoppageKind.MATERNITY: Scheme.MATERNITY,
    StoppageKind.PATERNITY: Scheme.MATERNITY,
    StoppageKind.ADOPTION: Scheme.MATERNITY,
    StoppageKind.LOSS_OF_A_CHILD: Scheme.MATERNITY,
    StoppageKind.INVALIDITY: Scheme.INVALIDITY,
}
_MOVEMENTS = {
    Movement.OPENING: "Nouvel arrêt",
    Movement.PROLONGATION: "Prolongation",
    Movement.RETURN: "Reprise du travail",
    Movement.RELAPSE: "Rechute",
}
