"""The life of a stoppage's file: its states, the steps between them, and what the employer reads (dossier 10)."""

from enum import StrEnum


class StoppageState(StrEnum):
    """Where a declaration or a file stands; an accepted follow-up is attached to the file it goes on from."""

    DRAFT = "DRAFT"
    DECLARED = "DECLARED"
    INCOMPLETE = "INCOMPLETE"
    COMPLETE = "COMPLETE"
    IN_FRANCHISE = "IN_FRANCHISE"
    PAYABLE = "INDEMNISABLE"
    PAYING = "PAYING"
    EXTENDED = "EXTENDED"
    RESUMED = "RESUMED"
    PART_TIME = "TPT"
    INVALIDITY = "INVALIDITY"
    RELAPSE = "RELAPSE"
    CLOSED = "CLOSED"
    REJECTED = "REJECTED"
    ATTACHED = "ATTACHED"
    DROPPED = "DROPPED"

    @property
    def label(self) -> str:
        """The state as both spaces show it.

        >>> StoppageState.PAYING.label
        'En cours d’indemnisation'
        """
        return _LABELS[self]

    def leads_to(self, state: "StoppageState") -> bool:
        """Whether the state machine has this step.

        >>> StoppageState.DRAFT.leads_to(StoppageState.DECLARED), StoppageState.DRAFT.leads_to(StoppageState.PAYING)
        (True, False)
        """
        return state in ALLOWED.get(self, frozenset())


_LABELS = {
    StoppageState.DRAFT: "Brouillon",
    StoppageState.DECLARED: "Déclaré",
    StoppageState.INCOMPLETE: "En attente de pièces",
    StoppageState.COMPLETE: "Dossier complet",
    StoppageState.IN_FRANCHISE: "En franchise",
    StoppageState.PAYABLE: "Indemnisable",
    StoppageState.PAYING: "En cours d’indemnisation",
    StoppageState.EXTENDED: "Prolongé",
    StoppageState.RESUMED: "Reprise du travail",
    StoppageState.PART_TIME: "Reprise à temps partiel thérapeutique",
    StoppageState.INVALIDITY: "Passage en invalidité",
    StoppageState.RELAPSE: "Rechute déclarée",
    StoppageState.CLOSED: "Clos",
    StoppageState.REJECTED: "Refusé",
    StoppageState.ATTACHED: "Rattaché à son dossier",
    StoppageState.DROPPED: "Brouillon supprimé",
}

_S = StoppageState
_BACK = frozenset({_S.RESUMED, _S.PART_TIME})
ALLOWED = {
    _S.DRAFT: frozenset({_S.DECLARED, _S.DROPPED}),
    _S.DECLARED: frozenset({_S.INCOMPLETE, _S.COMPLETE, _S.REJECTED}),
    _S.INCOMPLETE: frozenset({_S.COMPLETE, _S.REJECTED}),
    _S.COMPLETE: frozenset({_S.INCOMPLETE, _S.IN_FRANCHISE, _S.PAYABLE, _S.ATTACHED, _S.REJECTED}),
    _S.IN_FRANCHISE: frozenset({_S.PAYABLE, _S.INCOMPLETE}) | _BACK,
    _S.PAYABLE: frozenset({_S.PAYING, _S.INCOMPLETE}) | _BACK,
    _S.PAYING: frozenset({_S.EXTENDED, _S.INVALIDITY, _S.INCOMPLETE}) | _BACK,
    _S.EXTENDED: frozenset({_S.PAYING}) | _BACK,
    _S.PART_TIME: frozenset({_S.PAYING, _S.RESUMED, _S.INVALIDITY}),
    _S.RESUMED: frozenset({_S.CLOSED}),
    _S.INVALIDITY: frozenset({_S.CLOSED}),
    _S.CLOSED: frozenset({_S.RELAPSE}),
    _S.RELAPSE: frozenset({_S.COMPLETE, _S.CLOSED}),
}
OPEN = frozenset(ALLOWED) - {_S.DRAFT, _S.CLOSED}
