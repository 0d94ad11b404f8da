"""What each PDF document says: amounts in integer cents, days as dates, sentences already in French.

A document is built by a service, then written by ``render_pdf(document)``. How dates and
amounts look is the template's business; whatever is text here is shown as it stands, never read as markup.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from datetime import date
from typing import ClassVar, Protocol, TypeAlias

from chalicelib.domain.money import Cents

JSON: TypeAlias = "Mapping[str, JSON] | Sequence[JSON] | str | int | bool | None"

DOMAINS: Mapping[str, str] = {
    "PHAR": "Pharmacie",
    "MED": "Médecins",
    "RLAX": "Radiologie, laboratoire et auxiliaires médicaux",
    "SAGE": "Sages-femmes",
    "EXTE": "Soins externes à l’hôpital",
    "CSTE": "Centres de santé",
    "HOSP": "Hospitalisation",
    "OPTI": "Optique",
    "DENT": "Dentaire",
    "AUDI": "Audioprothèse",
    "TRAN": "Transport sanitaire",
}
"""The domains of a carte de tiers payant, in the order they are printed, and what each one means."""


class Document(Protocol):
    """What is written as PDF: the template of this folder that shows it, and what the template reads."""

    template: ClassVar[str]

    def to_data(self) -> Mapping[str, JSON]: ...


def _as_json(value: object) -> JSON:
    if isinstance(value, str | int | None):
        return value
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple):
        return [_as_json(item) for item in value]
    if isinstance(value, Mapping):
        return {str(key): _as_json(item) for key, item in value.items()}
    return fields_of(value)


def fields_of(document: object) -> dict[str, JSON]:
    """What a template reads of a document: its fields as JSON values, days written as ``2026-03-03``."""
    if not is_dataclass(document):
        raise TypeError(f"{type(document).__name__} has no place in a document")
    return {field.name: _as_json(getattr(document, field.name)) for field in fields(document)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Insurer:
    """Who issues the document, as set for the portal.

    ``colour`` is ``#rrggbb`` and only decorates. ``contact``, ``complaints`` and ``mediator`` are whole sentences: how
    to reach the insurer, where a complaint goes, and whom to turn to after that.

    Errors: ``ValueError`` when the colour is not ``#rrggbb``.
    """

    name: str
    colour: str
    address: str
    contact: str
    legal_notice: str
    complaints: str
    mediator: str

    def __post_init__(self) -> None:
        if not re.fullmatch(r"#[0-9a-fA-F]{6}", self.colour):
            raise ValueError(f"colour is #rrggbb, not {self.colour!r}")


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplanationStep:
    """One step of the reasoning that led to a reimbursement: a sentence, the text it rests on, the amount it gives.

    Units: cents; ``None`` when the step states a fact without an amount.
    """

    sentence: str
    source: str
    amount_cents: Cents | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementLine:
    """One act of care on a décompte: what was spent, who paid which part, what is left, and why.

    ``refusal`` and ``reductions`` are sentences for the member.

    Units: cents; a line that undoes an earlier one carries negative amounts.
    Errors: ``ValueError`` when the parts do not add up to what was spent.
    Source: requirement M38.

    >>> StatementLine(care_on=date(2026, 3, 3), beneficiary="Ana Roy", act="Consultation", spent_cents=3000,
    ...               statutory_cents=1900, complementary_cents=900, left_to_pay_cents=200).left_to_pay_cents
    200
    """

    care_on: date
    beneficiary: str
    act: str
    spent_cents: Cents
    statutory_cents: Cents
    complementary_cents: Cents
    left_to_pay_cents: Cents
    other_payers_cents: Cents = 0
    refusal: str | None = None
    reductions: tuple[str, ...] = ()
    steps: tuple[ExplanationStep, ...] = ()

    def __post_init__(self) -> None:
        shared = self.statutory_cents + self.complementary_cents + self.other_payers_cents + self.left_to_pay_cents
        if shared != self.spent_cents:
            raise ValueError(f"the parts of the care line add up to {shared} cents, not {self.spent_cents}")


def totals_of(lines: Sequence[StatementLine]) -> dict[str, JSON]:
    """What the columns of some care lines add up to. Units: cents."""
    columns = ("spent_cents", "statutory_cents", "complementary_cents", "other_payers_cents", "left_to_pay_cents")
    return {column: sum(getattr(line, column) for line in lines) for column in columns}


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """A transfer that a décompte announces: to whom, when ordered, how much, and what the bank statement will show.

    ``iban_end`` is the last four characters of the account, the only ones a document may carry.

    Units: cents.
    Errors: ``ValueError`` when ``iban_end`` is not four characters.
    Source: requirements M38 (payee, payment date), H151 (tiers payant: the professional was paid).
    """

    payee: str
    ordered_on: date
    amount_cents: Cents
    reference: str
    iban_end: str

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[0-9A-Z]{4}", self.iban_end):
            raise ValueError("iban_end is the last four characters of an IBAN")


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """A décompte: the care lines settled together, and the payment they led to (``None`` when nothing is paid).

    ``cancels`` is the number of the décompte that this one undoes, ``unpaid`` why no transfer is announced although
    something is paid, ``paid_to`` the professional who is paid instead of the member (H151). ``limitation_years`` is
    the time the member has to act.

    Units: cents; years.
    Errors: ``ValueError`` when there is no line.
    Source: requirements M37 and M38.
    """

    template: ClassVar[str] = "statement"

    insurer: Insurer
    number: str
    issued_on: date
    member_name: str
    numero_adherent: str
    contract_number: str
    payment: Payment | None
    lines: tuple[StatementLine, ...]
    limitation_years: int
    cancels: str | None = None
    unpaid: str | None = None
    paid_to: str | None = None

    def __post_init__(self) -> None:
        if not self.lines:
            raise ValueError("a décompte has at least one care line")

    def to_data(self) -> dict[str, JSON]:
        """The document as the template reads it, with the totals of its columns."""
        return {**fields_of(self), "totals": totals_of(self.lines)}


@dataclass(frozen=True, slots=True, kw_only=True)
class CardHolder:
    """A person whom the card covers: name, birth date, rank, and what each domain is worth for them.

    ``values`` maps a domain code to the value of the card (``100``, ``PEC``…); an absent domain is not covered.

    Errors: ``ValueError`` for a domain that cards do not have.
    """

    name: str
    born_on: date
    rank: int
    values: Mapping[str, str]

    def __post_init__(self) -> None:
        for code in self.values:
            if code not in DOMAINS:
                raise ValueError(f"{code} is not a domain of the carte de tiers payant")


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A carte de tiers payant: who is covered, from when until when, and for which domains.

    ``valid_from`` and ``valid_to`` are both included. ``qr_svg`` is an SVG image of our own making, and ``qr_alt`` the
    sentence that stands for it when it cannot be seen. ``network`` is the operator of the tiers payant, if any.

    Errors: ``ValueError`` when nobody is covered or the period is empty.
    Source: requirements M27 and M34.
    """

    template: ClassVar[str] = "card"

    insurer: Insurer
    number: str
    amc_number: str
    contract_number: str
    numero_adherent: str
    member_name: str
    holders: tuple[CardHolder, ...]
    valid_from: date
    valid_to: date
    issued_on: date
    teletransmission: str
    hospital_contact: str
    qr_svg: str
    qr_alt: str
    network: str | None = None

    def __post_init__(self) -> None:
        if not self.holders:
            raise ValueError("a card covers at least one person")
        if self.valid_to < self.valid_from:
            raise ValueError("a card ends on or after the day it starts")

    def to_data(self) -> dict[str, JSON]:
        """The document as the template reads it, with the domains in the order they are printed."""
        domains: list[JSON] = [{"code": code, "meaning": meaning} for code, meaning in DOMAINS.items()]
        return {**fields_of(self), "domains": domains}


@dataclass(frozen=True, slots=True, kw_only=True)
class GuaranteeRow:
    """One clause of a guarantee table: what it is about, and its wording."""

    label: str
    wording: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GuaranteeSection:
    """The clauses of one family of care, such as « Soins courants »."""

    title: str
    rows: tuple[GuaranteeRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractSummary:
    """The guarantee table of a contract, as handed to those it covers.

    ``notes`` are sentences printed under the table, such as what « BR » means.

    Errors: ``ValueError`` when there is no section.
    Source: requirements M26 and H32.
    """

    template: ClassVar[str] = "contract_summary"

    insurer: Insurer
    contract_number: str
    contract_label: str
    company: str
    effective_on: date
    issued_on: date
    sections: tuple[GuaranteeSection, ...]
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.sections:
            raise ValueError("a guarantee table has at least one section")

    def to_data(self) -> dict[str, JSON]:
        """The document as the template reads it."""
        return fields_of(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExampleRow:
    """One example of reimbursement: what the act costs, who pays which part, and what is left.

    The four amounts are given together; without them, ``note`` says why, or what the guarantee is. A price may stand
    alone with its note.

    Units: cents.
    Errors: ``ValueError`` when the parts do not add up to the price, or when there is neither amount nor note.
    Source: dossier 3.6.

    >>> ExampleRow(label="Consultation", price_cents=3000, statutory_cents=1900, complementary_cents=900,
    ...            left_to_pay_cents=200).note is None
    True
    """

    label: str
    price_cents: Cents | None = None
    statutory_cents: Cents | None = None
    complementary_cents: Cents | None = None
    left_to_pay_cents: Cents | None = None
    note: str | None = None

    def __post_init__(self) -> None:
        parts = (self.statutory_cents, self.complementary_cents, self.left_to_pay_cents)
        known = [part for part in parts if part is not None]
        if known and (len(known) < len(parts) or sum(known) != self.price_cents):
            raise ValueError("the parts of an example add up to its price")
        if not known and not self.note:
            raise ValueError("an example without amounts says why")


@dataclass(frozen=True, slots=True, kw_only=True)
class ExampleSection:
    """The examples of one kind of care, such as « Optique »."""

    title: str
    rows: tuple[ExampleRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReimbursementExamples:
    """The standard table of examples of reimbursement of a contract.

    ``effective_on`` is the first day of the guarantees, ``care_on`` the day of care that every example is settled for.

    Errors: ``ValueError`` when there is no section.
    Source: requirements M26 and H32; dossier 3.6.
    """

    template: ClassVar[str] = "examples"

    insurer: Insurer
    contract_number: str
    contract_label: str
    company: str
    effective_on: date
    care_on: date
    issued_on: date
    sections: tuple[ExampleSection, ...]
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.sections:
            raise ValueError("a table of examples has at least one section")

    def to_data(self) -> dict[str, JSON]:
        """The document as the template reads it."""
        return fields_of(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class GuideBlock:
    """A piece of a guide's text; ``kind`` is ``heading``, ``paragraph`` or ``item`` (of a list).

    Errors: ``ValueError`` for any other kind.
    """

    kind: str
    text: str

    def __post_init__(self) -> None:
        if self.kind not in {"heading", "paragraph", "item"}:
            raise ValueError(f"{self.kind} is no piece of a guide")


@dataclass(frozen=True, slots=True, kw_only=True)
class GuideChapter:
    """One chapter of a guide: what a page of the space says."""

    title: str
    blocks: tuple[GuideBlock, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DsnGuide:
    """The guide of the DSN, to download: the same as the page says.

    Errors: ``ValueError`` when there is no chapter.
    Source: requirement H118.
    """

    template: ClassVar[str] = "dsn_guide"

    insurer: Insurer
    issued_on: date
    chapters: tuple[GuideChapter, ...]

    def __post_init__(self) -> None:
        if not self.chapters:
            raise ValueError("a guide has at least one chapter")

    def to_data(self) -> dict[str, JSON]:
        """The document as the template reads it."""
        return fields_of(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class ParameterRow:
    """One value of a parameter sheet: where it goes in the declaration, what it is, what to write."""

    place: str
    label: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ParameterSection:
    """The values that go together, such as those of one contribution."""

    title: str
    rows: tuple[ParameterRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DsnParameterSheet:
    """The DSN parameter sheet of a contract, to be copied into payroll software as it stands.

    Errors: ``ValueError`` when there is no section.
    Source: requirements H116 and H118; dossier 8.3.
    """

    template: ClassVar[str] = "dsn_sheet"

    insurer: Insurer
    contract_number: str
    contract_label: str
    company: str
    siret: str
    frequency: str
    valid_from: date
    issued_on: date
    sections: tuple[ParameterSection, ...]
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.sections:
            raise ValueError("a parameter sheet has at least one section")

    def to_data(self) -> dict[str, JSON]:
        """The document as the template reads it."""
        return fields_of(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class SignatureFacts:
    """What proves the signature of a mandate, printed on its last page.

    ``signed_at`` and ``code_sent_at`` are moments written out; the two hashes are SHA-256, in hexadecimal.
    """

    signer: str
    signed_at: str
    code_sent_at: str
    phone_masked: str
    source_ip: str
    document_sha256: str
    evidence_sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SepaMandate:
    """A mandat de prélèvement SEPA: to be signed, or signed with its page of evidence.

    ``iban`` is whole, in groups of four: a mandate must bear it, and only whoever administers the account gets this.

    Source: requirement H84; EPC SDD Core Rulebook, section 4.7.2.
    """

    template: ClassVar[str] = "mandate"

    insurer: Insurer
    issued_on: date
    rum: str
    ics: str
    kind: str
    creditor_name: str
    creditor_address: str
    debtor_name: str
    debtor_address: str
    holder: str
    iban: str
    bic: str | None
    place: str
    signature: SignatureFacts | None = None

    def to_data(self) -> dict[str, JSON]:
        """The document as the template reads it."""
        return fields_of(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterSection:
    """One part of a letter: its title, and its sentences, one paragraph each."""

    title: str
    sentences: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DepartureLetter:
    """A letter to somebody who leaves a company: their rights, or the offer of loi Évin.

    ``covered_until`` is the last day of the cover that the letter is about.

    Errors: ``ValueError`` when there is no section.
    Source: requirements H77 and H79.
    """

    template: ClassVar[str] = "departure_letter"

    insurer: Insurer
    title: str
    member_name: str
    numero_adherent: str
    company: str
    covered_until: date
    issued_on: date
    sections: tuple[LetterSection, ...]

    def __post_init__(self) -> None:
        if not self.sections:
            raise ValueError("a letter has at least one section")

    def to_data(self) -> dict[str, JSON]:
        """The document as the template reads it."""
        return fields_of(self)
