"""What the check of a DSN answers, in the manner of a « compte rendu métier »: a code from 0 to 3, and each anomaly.

========  ======================================================================================
code      what it says
========  ======================================================================================
0         conform: nothing differs from what we expect
1         for information: it can be used as it is; something is worth a look
2         to correct: it can be used, but something must be put right in the next declaration
3         rejected: it cannot be used; a declaration that cancels and replaces it must be made
========  ======================================================================================

The code of a declaration is the highest of its anomalies'.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum, StrEnum

from chalicelib.domain.money import Cents


class Severity(IntEnum):
    """The code of an anomaly, or of a whole declaration."""

    CONFORM = 0
    INFORMATION = 1
    TO_CORRECT = 2
    REJECTED = 3

    @property
    def label(self) -> str:
        """What the code says.

        >>> Severity.REJECTED.label
        'Rejetée'
        """
        return _LABELS[self]


_LABELS = {
    Severity.CONFORM: "Conforme",
    Severity.INFORMATION: "Pour information",
    Severity.TO_CORRECT: "À corriger",
    Severity.REJECTED: "Rejetée",
}


class AnomalyKind(StrEnum):
    """What may be wrong; each has its code, what it says and how it is mended."""

    NO_DECLARATION = "declaration_absente"
    SEVERAL_DECLARATIONS = "declarations_multiples"
    WRONG_NATURE = "nature"
    CANCELLED = "annulation"
    NO_MONTH = "mois"
    WRONG_COMPANY = "siren"
    OTHER_ESTABLISHMENT = "etablissement"
    OTHER_NORM = "norme"
    TEST = "envoi_de_test"
    NO_TOTAL = "total_absent"
    WRONG_TOTAL = "total"
    NO_ADHESION = "adhesion_absente"
    UNKNOWN_CONTRACT = "contrat_inconnu"
    ORGANISM = "organisme"
    DELEGATE = "delegataire"
    NO_ADHESION_ID = "identifiant_adhesion"
    PAYMENT_AMOUNT = "versement_montant"
    PAYMENT_SHARES = "versement_repartition"
    PAYMENT_PERIOD = "versement_periode"
    UNKNOWN_PERSON = "personne_inconnue"
    OTHER_NIR = "nir"
    NOT_AFFILIATED = "non_affilie"
    DATES = "dates_affiliation"
    OPTION = "option"
    POPULATION = "population"
    AFTER_DEPARTURE = "depart"
    NO_SUBJECT = "base_absente"
    COMPONENT = "composant"
    UNREADABLE_AMOUNT = "montant_illisible"
    PERIOD = "periode"
    NO_CONTRIBUTION = "cotisation_absente"
    RATE = "taux"
    AMOUNT = "montant"
    NOT_DECLARED = "non_declare"
    NOT_CALLED = "non_appele"
    OTHER_PERIOD = "autre_periode"
    CALLED_BASE = "assiette_appelee"
    CALLED_AMOUNT = "montant_appele"

    @property
    def severity(self) -> Severity:
        """The code of such an anomaly.

        >>> AnomalyKind.OPTION.severity.value
        2
        """
        return _SAID[self][0]

    @property
    def sentence(self) -> str:
        """What is wrong."""
        return _SAID[self][1]

    @property
    def fix(self) -> str:
        """How it is mended."""
        return _SAID[self][2]


_I, _C, _R = Severity.INFORMATION, Severity.TO_CORRECT, Severity.REJECTED
_SHEET = "Recopiez la valeur de la fiche de paramétrage du contrat dans le logiciel de paie."
_REPLACE = "Produisez une DSN «\u00a0annule et remplace\u00a0», puis vérifiez-la de nouveau ici."
_ASK = "Si la déclaration est juste, demandez la régularisation de l’appel depuis «\u00a0Mes cotisations\u00a0»."
_K = AnomalyKind
_SAID = {
    _K.NO_DECLARATION: (_R, "Le fichier ne contient aucune déclaration (bloc S20.G00.05).", _REPLACE),
    _K.SEVERAL_DECLARATIONS: (
        _R,
        "Le fichier contient plusieurs déclarations.",
        "Envoyez un fichier par établissement et par mois.",
    ),
    _K.WRONG_NATURE: (
        _R,
        "Ce fichier n’est pas une DSN mensuelle (nature 01).",
        "Envoyez la DSN mensuelle\u00a0: les signalements d’événements ne sont pas vérifiés ici.",
    ),
    _K.CANCELLED: (
        _R,
        "Cette déclaration annule une autre sans la remplacer.",
        "Envoyez la DSN qui la remplace, ou la DSN normale du mois.",
    ),
    _K.NO_MONTH: (_R, "Le mois principal déclaré est absent, illisible ou à venir.", _REPLACE),
    _K.WRONG_COMPANY: (
        _R,
        "Le SIREN déclaré n’est pas celui de votre entreprise.",
        "Vérifiez que ce fichier est bien celui de cette société, ou changez de société dans l’espace RH.",
    ),
    _K.OTHER_ESTABLISHMENT: (
        _I,
        "L’établissement déclaré n’est pas celui que nous connaissons.",
        "Si le contrat couvre aussi cet établissement, il n’y a rien à faire.",
    ),
    _K.OTHER_NORM: (
        _I,
        "La version de la norme n’est pas celle de l’année du mois déclaré.",
        "Vérifiez que votre logiciel de paie est à jour.",
    ),
    _K.TEST: (_I, "Cet envoi est un envoi de test\u00a0: il se vérifie, mais ne s’enregistre pas.", _REPLACE),
    _K.NO_TOTAL: (
        _R,
        "Le total de fin (bloc S90.G00.90) manque\u00a0: le fichier est incomplet.",
        "Exportez de nouveau le fichier depuis le logiciel de paie et envoyez-le entier.",
    ),
    _K.WRONG_TOTAL: (
        _R,
        "Le nombre de rubriques annoncé n’est pas celui du fichier.",
        "Exportez de nouveau le fichier depuis le logiciel de paie, sans le modifier.",
    ),
    _K.NO_ADHESION: (
        _C,
        "Ce contrat court ce mois-ci, mais la DSN ne le déclare pas (bloc S21.G00.15).",
        "Ajoutez l’adhésion au logiciel de paie d’après la fiche de paramétrage du contrat.",
    ),
    _K.UNKNOWN_CONTRACT: (
        _R,
        "Cette référence n’est celle d’aucun de vos contrats en cours ce mois-ci.",
        _SHEET,
    ),
    _K.ORGANISM: (_R, "Le code de l’organisme n’est pas le nôtre\u00a0: la DSN ne nous parviendrait pas.", _SHEET),
    _K.DELEGATE: (_C, "Le code du délégataire de gestion n’est pas celui du contrat.", _SHEET),
    _K.NO_ADHESION_ID: (
        _R,
        "L’identifiant technique de l’adhésion manque, ou sert deux fois.",
        "Faites corriger l’adhésion par l’éditeur du logiciel de paie.",
    ),
    _K.PAYMENT_AMOUNT: (
        _C,
        "Le montant versé n’est pas la somme des cotisations individuelles déclarées.",
        "Vérifiez le montant du versement (bloc S21.G00.20) et les cotisations du mois.",
    ),
    _K.PAYMENT_SHARES: (
        _C,
        "La répartition du versement (bloc S21.G00.55) n’en donne pas le montant.",
        "Vérifiez les montants répartis par contrat.",
    ),
    _K.PAYMENT_PERIOD: (
        _C,
        "La période d’affectation du versement n’est pas celle que nous attendons.",
        "Écrivez la période comme l’indique la fiche de paramétrage, par exemple 2026M03 ou 2026T01.",
    ),
    _K.UNKNOWN_PERSON: (
        _C,
        "Cette personne n’est pas connue parmi vos salariés assurés.",
        "Affiliez-la depuis «\u00a0Mes salariés\u00a0», ou retirez l’affiliation du logiciel de paie.",
    ),
    _K.OTHER_NIR: (
        _C,
        "Cette personne est reconnue par son nom et sa date de naissance, non par son numéro de sécurité sociale.",
        "Vérifiez son numéro de sécurité sociale dans le logiciel de paie, ou écrivez-nous.",
    ),
    _K.NOT_AFFILIATED: (
        _C,
        "Cette personne n’est pas affiliée à ce contrat ce mois-ci.",
        "Affiliez-la depuis «\u00a0Mes salariés\u00a0», ou retirez l’affiliation du logiciel de paie.",
    ),
    _K.DATES: (
        _C,
        "Les dates d’affiliation déclarées ne sont pas celles que nous connaissons.",
        "Corrigez la date dans le logiciel de paie, ou signalez-nous le changement.",
    ),
    _K.OPTION: (_C, "Le code option n’est pas celui du contrat.", _SHEET),
    _K.POPULATION: (_C, "Le code population n’est pas celui du contrat.", _SHEET),
    _K.AFTER_DEPARTURE: (
        _I,
        "La DSN déclare la fin du contrat de travail de cette personne, qui n’est pas radiée ici.",
        "Déclarez son départ depuis «\u00a0Mes salariés\u00a0»\u00a0: ses droits à la portabilité en dépendent.",
    ),
    _K.NO_SUBJECT: (
        _C,
        "Cette personne est affiliée dans la DSN sans base assujettie (bloc S21.G00.78, code 31).",
        "Vérifiez que la cotisation est calculée sur son bulletin de paie.",
    ),
    _K.COMPONENT: (_C, "Ce composant de base n’est pas de ceux du contrat.", _SHEET),
    _K.UNREADABLE_AMOUNT: (_R, "Ce montant manque ou n’est pas un nombre.", _REPLACE),
    _K.PERIOD: (
        _C,
        "La période de la base est absente, illisible, à cheval sur deux mois ou à venir\u00a0: "
        "cette base est laissée de côté.",
        "Rattachez chaque base à un seul mois.",
    ),
    _K.NO_CONTRIBUTION: (
        _C,
        "La cotisation individuelle (bloc S21.G00.81, code 059) manque.",
        "Vérifiez que la cotisation est calculée sur son bulletin de paie.",
    ),
    _K.RATE: (_C, "Le taux déclaré n’est pas celui du contrat.", _SHEET),
    _K.AMOUNT: (
        _C,
        "La cotisation déclarée n’est pas celle que donnent l’assiette déclarée et les taux du contrat.",
        "Vérifiez le taux et l’assiette de la cotisation dans le logiciel de paie.",
    ),
    _K.NOT_DECLARED: (
        _C,
        "Cette personne est affiliée à ce contrat mais ne figure pas dans la DSN.",
        "Ajoutez son affiliation au logiciel de paie, ou déclarez son départ.",
    ),
    _K.NOT_CALLED: (_I, "Cette personne figure dans la DSN mais n’est pas appelée.", _ASK),
    _K.OTHER_PERIOD: (_I, "La DSN rattache cette cotisation à une autre période que l’appel.", _ASK),
    _K.CALLED_BASE: (_C, "L’assiette déclarée n’est pas celle qui a été appelée.", _ASK),
    _K.CALLED_AMOUNT: (_C, "Le montant déclaré n’est pas celui qui a été appelé.", _ASK),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Anomaly:
    """One anomaly: where it stands, what is there and what was expected, what is at stake. Units: cents.

    ``rubrique`` is a whole code (S21.G00.70.004) or a block; ``line`` is absent for what is missing from the file.
    ``who`` is the person's initials and the number by which the employer calls them; ``member_id`` is theirs, where
    they are known.
    """

    kind: AnomalyKind
    rubrique: str
    line: int | None = None
    contract_number: str = ""
    who: str = ""
    member_id: str = ""
    found: str = ""
    expected: str = ""
    at_stake_cents: Cents = 0


def code_of(anomalies: Iterable[Anomaly]) -> Severity:
    """The code of a declaration.

    >>> code_of([]), code_of([Anomaly(kind=AnomalyKind.OPTION, rubrique="S21.G00.70.004")]).label
    (<Severity.CONFORM: 0>, 'À corriger')
    """
    return max((one.kind.severity for one in anomalies), default=Severity.CONFORM)
