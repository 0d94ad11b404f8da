"""Why an amount is what it is: ordered steps, and closed lists of refusals, reductions and doubts in plain French."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple, Protocol

from chalicelib.domain.law import Parameter, parameter
from chalicelib.domain.money import Cents


class Step(NamedTuple):
    """One rule applied. The inputs are written as text, amounts in cents: they suffice to redo the sum."""

    rule: str
    source: str
    inputs: tuple[tuple[str, str], ...]
    amount_cents: Cents
    sentence: str


def step_to_data(step: Step) -> dict[str, object]:
    """One step as plain JSON values, its inputs in order."""
    return {
        "rule": step.rule,
        "source": step.source,
        "inputs": [{"name": name, "value": value} for name, value in step.inputs],
        "amount_cents": step.amount_cents,
        "sentence": step.sentence,
    }


class Refusal(StrEnum):
    """Why the contract pays nothing on a line."""

    NO_CLAUSE = "no_clause"
    EXCLUDED = "excluded_by_table"
    BEFORE_COVER = "before_cover"
    WAITING_PERIOD = "waiting_period"
    RENEWAL_TOO_SOON = "renewal_too_soon"
    COUNT_EXHAUSTED = "count_exhausted"
    AMOUNT_EXHAUSTED = "amount_exhausted"

    @property
    def sentence(self) -> str:
        """The reason, for the member.

        >>> Refusal.EXCLUDED.sentence
        'Votre contrat ne prévoit aucun remboursement pour cet acte.'
        """
        return _REFUSALS[self][0]

    @property
    def source(self) -> str:
        """The article or the clause it comes from."""
        return _REFUSALS[self][1]


_REFUSALS: Mapping[Refusal, tuple[str, str]] = {
    Refusal.NO_CLAUSE: ("Cet acte ne figure pas dans votre tableau de garanties.", "Tableau de garanties"),
    Refusal.EXCLUDED: ("Votre contrat ne prévoit aucun remboursement pour cet acte.", "Tableau de garanties"),
    Refusal.BEFORE_COVER: ("Ces soins ont eu lieu avant le début de votre couverture.", "Contrat, date d’effet"),
    Refusal.WAITING_PERIOD: ("Ces soins ont eu lieu pendant le délai de carence de la garantie.", "Contrat, carence"),
    Refusal.RENEWAL_TOO_SOON: (
        "Le délai de renouvellement de cet équipement n’est pas écoulé.",
        "CSS art. R871-2 3° et 4°",
    ),
    Refusal.COUNT_EXHAUSTED: ("Le nombre d’actes prévu pour la période est atteint.", "Tableau de garanties"),
    Refusal.AMOUNT_EXHAUSTED: ("Le montant prévu pour la période est épuisé.", "Tableau de garanties"),
}


class Reduction(StrEnum):
    """Why the contract pays less than its guarantee reads, or than the member may expect."""

    EXPENSE = "limited_to_expense"
    OTHER_PAYERS = "limited_by_other_payers"
    OVERRUN = "overrun_not_covered"
    OUT_OF_PATHWAY = "out_of_pathway"
    NON_OPTAM = "non_optam_cap"
    PRICE_LIMIT = "price_limit"
    HEARING_CAP = "hearing_cap"
    FRAME_CAP = "frame_cap"
    OPTICAL_MAXIMUM = "optical_maximum"
    NOT_IN_BASKET = "not_in_basket"
    COUNT_LIMIT = "count_limit"
    AMOUNT_LIMIT = "amount_limit"

    @property
    def sentence(self) -> str:
        """The reason, for the member.

        >>> Reduction.AMOUNT_LIMIT.sentence
        'Le remboursement est limité à ce qui reste du montant prévu pour la période.'
        """
        return _REDUCTIONS[self][0]

    @property
    def source(self) -> str:
        """The article or the clause it comes from."""
        return _REDUCTIONS[self][1]


_REDUCTIONS: Mapping[Reduction, tuple[str, str]] = {
    Reduction.EXPENSE: (
        "Le total des remboursements ne dépasse jamais la dépense.",
        "Loi n° 89-1009 art. 9, décret n° 90-769 art. 2",
    ),
    Reduction.OTHER_PAYERS: (
        "Une autre complémentaire a déjà payé une partie de la dépense.",
        "Loi n° 89-1009 art. 9, décret n° 90-769 art. 2",
    ),
    Reduction.OVERRUN: ("Le contrat ne couvre pas le dépassement d’honoraires.", "CSS art. L871-1 et R871-1"),
    Reduction.OUT_OF_PATHWAY: (
        "La majoration hors parcours de soins reste à votre charge.",
        "CSS art. L871-1 et R871-1",
    ),
    Reduction.NON_OPTAM: (
        "Le médecin n’a pas signé l’OPTAM : la prise en charge de son dépassement est plafonnée.",
        "CSS art. R871-2 2°",
    ),
    Reduction.PRICE_LIMIT: ("Le prix dépasse le prix limite fixé pour cet équipement.", "CSS art. L165-1 et L162-9"),
    Reduction.HEARING_CAP: ("La prise en charge d’une aide auditive est plafonnée par oreille.", "CSS art. R871-2 4°"),
    Reduction.FRAME_CAP: ("La prise en charge de la monture est plafonnée.", "CSS art. R871-2 3°"),
    Reduction.OPTICAL_MAXIMUM: (
        "La prise en charge des lunettes est plafonnée selon la correction.",
        "CSS art. R871-2 3°",
    ),
    Reduction.NOT_IN_BASKET: (
        "La garantie 100 % Santé ne porte que sur les éléments de classe A.",
        "Tableau de garanties",
    ),
    Reduction.COUNT_LIMIT: ("Seuls les actes restants de la période sont pris en charge.", "Tableau de garanties"),
    Reduction.AMOUNT_LIMIT: (
        "Le remboursement est limité à ce qui reste du montant prévu pour la période.",
        "Tableau de garanties",
    ),
}


class Doubt(StrEnum):
    """Why a person must look at a line."""

    ACT_UNKNOWN = "act_unknown"
    STATUTORY_NOT_STATED = "statutory_amount_not_stated"
    NO_LEGAL_VALUE = "no_legal_value"
    DISPUTED_LEGAL_VALUE = "disputed_legal_value"
    STATUTORY_GAP = "statutory_gap"
    PRICE_LIMIT_UNKNOWN = "price_limit_unknown"
    COMPONENTS_MISMATCH = "components_mismatch"
    PART_TWICE = "part_twice"
    PRESCRIPTION_CONTRADICTED = "prescription_contradicted"
    LEGAL_CHARGE_GAP = "legal_charge_gap"
    CHARGE_WITHIN_STAY = "charge_within_stay"
    HEAVY_ACT_MISSED = "heavy_act_missed"
    LOCATION_NOT_STATED = "location_not_stated"
    OVERPAID = "paid_exceeds_expense"

    @property
    def sentence(self) -> str:
        """What the manager should check.

        >>> Doubt.ACT_UNKNOWN.sentence
        'Cet acte n’est pas au catalogue et le décompte ne dit pas ce que la Sécurité sociale a retenu.'
        """
        return _DOUBTS[self]

    @property
    def blocks(self) -> bool:
        """Whether no amount could be settled at all.

        >>> Doubt.STATUTORY_GAP.blocks, Doubt.OVERPAID.blocks
        (False, True)
        """
        return self not in _SETTLED_ALL_THE_SAME


_SETTLED_ALL_THE_SAME = (
    Doubt.DISPUTED_LEGAL_VALUE,
    Doubt.STATUTORY_GAP,
    Doubt.LEGAL_CHARGE_GAP,
    Doubt.CHARGE_WITHIN_STAY,
    Doubt.HEAVY_ACT_MISSED,
    Doubt.LOCATION_NOT_STATED,
)
_DOUBTS: Mapping[Doubt, str] = {
    Doubt.ACT_UNKNOWN: "Cet acte n’est pas au catalogue et le décompte ne dit pas ce que la Sécurité sociale a retenu.",
    Doubt.STATUTORY_NOT_STATED: "Le décompte doit indiquer la base de remboursement de cet acte et son taux.",
    Doubt.NO_LEGAL_VALUE: "Un montant légal n’est pas connu à la date des soins.",
    Doubt.DISPUTED_LEGAL_VALUE: "Un montant légal utilisé ici est incertain : les sources ne concordent pas.",
    Doubt.STATUTORY_GAP: "Le montant versé par la Sécurité sociale s’écarte de celui que donne le calcul.",
    Doubt.PRICE_LIMIT_UNKNOWN: "Le prix limite de cet équipement 100 % Santé n’est pas connu.",
    Doubt.COMPONENTS_MISMATCH: "Les prix de la monture et des verres ne font pas le total de la dépense.",
    Doubt.PART_TWICE: "La monture ou un verre figure deux fois\u00a0: chacun a un seul prix et une seule classe.",
    Doubt.PRESCRIPTION_CONTRADICTED: (
        "La catégorie ou la correction indiquée n’est pas celle de l’ordonnance\u00a0: corrigez l’une ou l’autre."
    ),
    Doubt.LEGAL_CHARGE_GAP: "Le forfait facturé dépasse le montant légal, ou cette personne en est dispensée.",
    Doubt.CHARGE_WITHIN_STAY: "Le ticket modérateur du séjour absorbe déjà ce forfait journalier.",
    Doubt.HEAVY_ACT_MISSED: "Un acte de la même séance ou du même séjour, déjà décidé, n’a pas compté cet acte lourd.",
    Doubt.LOCATION_NOT_STATED: "La facture doit indiquer l’oreille, l’œil ou la dent que cette garantie compte à part.",
    Doubt.OVERPAID: "Les paiements déclarés dépassent la dépense.",
}


class Law(Protocol):
    """Where the legal numbers are looked up: the parameter files, or the rows that a decision wrote down."""

    def __call__(self, key: str, *, on: date) -> Parameter:
        """The row in force on a day. Errors: ``NoParameterFor``."""


class Undecided(Exception):
    """A line that cannot be settled; it never leaves this package, a settlement with a doubt does."""

    def __init__(self, doubt: Doubt, detail: str = "") -> None:
        super().__init__(doubt)
        self.doubt = doubt
        self.detail = detail


_new = tuple.__new__


class Trace:
    """What one settlement writes down as it goes: steps, rows of law used, reductions and doubts, each in order."""

    __slots__ = ("_look_up", "_rows", "doubts", "on", "reductions", "steps")

    def __init__(self, on: date, law: Law = parameter) -> None:
        self.on = on
        self.steps: list[Step] = []
        self._look_up = law
        self._rows: dict[str, Parameter] = {}
        self.reductions: list[Reduction] = []
        self.doubts: list[Doubt] = []

    @property
    def versions(self) -> tuple[str, ...]:
        """The rows of law used so far, in the order of their first use."""
        return tuple([row.version for row in self._rows.values()])

    def law(self, key: str) -> Parameter:
        """The row of law in force on the day of care, remembered as used.

        Errors: ``NoParameterFor``.
        """
        row = self._rows.get(key)
        if row is None:
            row = self._rows[key] = self._look_up(key, on=self.on)
            if row.confidence == "CONFLICT":
                self.doubt(Doubt.DISPUTED_LEGAL_VALUE)
        return row

    def step(self, rule: str, *, source: str, amount_cents: Cents, sentence: str, **inputs: object) -> None:
        """Write down one rule applied."""
        written = [(name, f"{value}" if type(value) is int else as_text(value)) for name, value in inputs.items()]
        self.steps.append(_new(Step, (rule, source, tuple(written), amount_cents, sentence)))

    def reduce(self, reduction: Reduction) -> None:
        """Write down why less is paid, once."""
        if reduction not in self.reductions:
            self.reductions.append(reduction)

    def doubt(self, doubt: Doubt) -> None:
        """Write down why a person must look, once."""
        if doubt not in self.doubts:
            self.doubts.append(doubt)


def as_text(value: object) -> str:
    """An input of a step as text: a plain decimal, a day as AAAA-MM-JJ, a boolean as true or false.

    >>> as_text(Decimal("70.00")), as_text(True), as_text(3000)
    ('70', 'true', '3000')
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return _plain(value)
    return str(value)


@lru_cache(maxsize=10_000)
def _plain(value: Decimal) -> str:
    return f"{value.normalize():f}"


@lru_cache(maxsize=10_000)
def in_percent(percent: Decimal) -> str:
    """A percentage as a French reader expects it.

    >>> in_percent(Decimal("62.50")).replace("\\u00a0", " ")
    '62,5 %'
    """
    return f"{_plain(percent).replace('.', ',')}\u00a0%"
