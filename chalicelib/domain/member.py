"""The insured employee ("adhérent"): identity, bank account, dependants, and the affiliation to each contract."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from chalicelib.domain import evidence
from chalicelib.domain.card import Card
from chalicelib.domain.company import Accountant, Address, Risk
from chalicelib.domain.departure import Departure
from chalicelib.domain.errors import Conflict, FieldErrors
from chalicelib.domain.evidence import Proof
from chalicelib.domain.law import parameter
from chalicelib.domain.mandate import AccountUse, Bank
from chalicelib.domain.periods import Period, age_on, day_after, last_day_of_month
from chalicelib.domain.privacy import Sharing
from chalicelib.domain.search_text import searchable


class AffiliationState(StrEnum):
    """Where the affiliation of an employee to a contract stands (dossier 10)."""

    PRE_AFFILIATED = "PRE_AFFILIATED"
    INVITATION_EXPIRED = "INVITATION_EXPIRED"
    PENDING_DOCUMENTS = "PENDING_DOCUMENTS"
    ACTIVE = "ACTIVE"
    TERMINATION_SCHEDULED = "TERMINATION_SCHEDULED"
    PORTABILITY = "PORTABILITY"
    EVIN_OFFERED = "EVIN_OFFERED"
    TERMINATED = "TERMINATED"
    DECEASED = "DECEASED"
    CANCELLED = "CANCELLED"


LABELS = {
    AffiliationState.PRE_AFFILIATED: "Pré-affilié",
    AffiliationState.INVITATION_EXPIRED: "Invitation expirée",
    AffiliationState.PENDING_DOCUMENTS: "En attente de pièces",
    AffiliationState.ACTIVE: "Affilié",
    AffiliationState.TERMINATION_SCHEDULED: "Radiation programmée",
    AffiliationState.PORTABILITY: "En portabilité",
    AffiliationState.EVIN_OFFERED: "Maintien loi Évin proposé",
    AffiliationState.TERMINATED: "Radié",
    AffiliationState.DECEASED: "Décédé",
    AffiliationState.CANCELLED: "Annulé",
}

ALLOWED = {
    (AffiliationState.PRE_AFFILIATED, AffiliationState.INVITATION_EXPIRED),
    (AffiliationState.PRE_AFFILIATED, AffiliationState.CANCELLED),
    (AffiliationState.PRE_AFFILIATED, AffiliationState.PENDING_DOCUMENTS),
    (AffiliationState.PRE_AFFILIATED, AffiliationState.ACTIVE),
    (AffiliationState.INVITATION_EXPIRED, AffiliationState.PRE_AFFILIATED),
    (AffiliationState.INVITATION_EXPIRED, AffiliationState.CANCELLED),
    (AffiliationState.PENDING_DOCUMENTS, AffiliationState.ACTIVE),
    (AffiliationState.PENDING_DOCUMENTS, AffiliationState.CANCELLED),
    (AffiliationState.ACTIVE, AffiliationState.TERMINATION_SCHEDULED),
    (AffiliationState.TERMINATION_SCHEDULED, AffiliationState.ACTIVE),
    (AffiliationState.TERMINATION_SCHEDULED, AffiliationState.TERMINATED),
    (AffiliationState.TERMINATION_SCHEDULED, AffiliationState.DECEASED),
    (AffiliationState.TERMINATED, AffiliationState.PORTABILITY),
    (AffiliationState.TERMINATED, AffiliationState.EVIN_OFFERED),
    (AffiliationState.PORTABILITY, AffiliationState.TERMINATED),
    (AffiliationState.EVIN_OFFERED, AffiliationState.TERMINATED),
}

RUNNING = {AffiliationState.ACTIVE, AffiliationState.TERMINATION_SCHEDULED, AffiliationState.PORTABILITY}
"""The states in which a membership gives a card and may be used day by day."""

COVERING = RUNNING | {AffiliationState.EVIN_OFFERED, AffiliationState.TERMINATED, AffiliationState.DECEASED}
"""The states in which the days of cover stand: care of one of them is paid, also once the cover has ended (H80)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Affiliation:
    """An employee's membership of one contract, from a day on.

    ``ends_on`` is its last day of cover, whoever pays for it; ``portability_from`` the first day that nobody pays for.
    ``college`` and ``apprentice`` say which price is theirs, where a contract tells them apart.
    """

    contract_id: str
    risk: Risk
    starts_on: date
    ends_on: date | None = None
    portability_from: date | None = None
    college: str = ""
    apprentice: bool = False
    state: AffiliationState

    def moved_to(self, state: AffiliationState) -> "Affiliation":
        """The same affiliation in another state.

        Errors: ``Conflict`` when the state machine has no such step.
        """
        if (self.state, state) not in ALLOWED:
            label = f"«\u00a0{LABELS[self.state]}\u00a0»"
            raise Conflict("invalid_transition", f"L’affiliation est {label}\u00a0: cette action n’est plus possible.")
        return replace(self, state=state)

    @property
    def period(self) -> Period:
        """The days of cover."""
        return Period(self.starts_on, day_after(self.ends_on) if self.ends_on else None)

    def covers(self, day: date) -> bool:
        """Whether care of a day is covered. One that is no longer active covers up to its last day, never without one.

        >>> held = Affiliation(contract_id="s", risk=Risk.HEALTH, starts_on=date(2026, 1, 1),
        ...                    ends_on=date(2026, 3, 31), state=AffiliationState.TERMINATED)
        >>> held.covers(date(2026, 3, 31)), held.covers(date(2026, 4, 1))
        (True, False)
        """
        return self.state in COVERING and self._has_its_last_day and self.period.holds(day)

    @property
    def runs(self) -> bool:
        """Whether it gives rights at present, or will on its first day."""
        return self.state in RUNNING and self._has_its_last_day

    @property
    def _has_its_last_day(self) -> bool:
        return self.state is AffiliationState.ACTIVE or self.ends_on is not None

    @property
    def paid_period(self) -> Period:
        """The days of cover that contributions are due for: portability costs nobody anything (H79).

        Source: CSS L911-8 (the cover is kept free of charge).
        """
        return Period(self.starts_on, self.portability_from) if self.portability_from else self.period


class Relationship(StrEnum):
    """What a dependant is to the employee (dossier 5.2)."""

    SPOUSE = "conjoint"
    PACS_PARTNER = "partenaire_pacs"
    COHABITANT = "concubin"
    CHILD = "enfant"


class BeneficiaryState(StrEnum):
    """Whether a dependant is covered (dossier 10).

    Only the first, second and last are kept: what is asked, expires or is withdrawn follows from the day.
    """

    PENDING_PROOF = "PENDING_PROOF"
    ACTIVE = "ACTIVE"
    PROOF_EXPIRING = "PROOF_EXPIRING"
    PROOF_EXPIRED = "PROOF_EXPIRED"
    REMOVAL_REQUESTED = "REMOVAL_REQUESTED"
    ENDED = "ENDED"


BENEFICIARY_LABELS = {
    BeneficiaryState.PENDING_PROOF: "En attente de pièces",
    BeneficiaryState.ACTIVE: "Couvert",
    BeneficiaryState.PROOF_EXPIRING: "Couvert, certificat de situation à renouveler",
    BeneficiaryState.PROOF_EXPIRED: "Non couvert\u00a0: certificat de situation attendu",
    BeneficiaryState.REMOVAL_REQUESTED: "Couvert, retrait demandé",
    BeneficiaryState.ENDED: "Radié",
}


class Teletransmission(StrEnum):
    """Whether the mandatory scheme sends this person's statements by itself (dossier 10)."""

    OFF = "OFF"
    REQUESTED = "REQUESTED"
    ON = "ON"
    REFUSED = "REFUSED"
    OFF_REQUESTED = "OFF_REQUESTED"


TELETRANSMISSION_LABELS = {
    Teletransmission.OFF: "Sans télétransmission",
    Teletransmission.REQUESTED: "Télétransmission demandée",
    Teletransmission.ON: "Télétransmission en service",
    Teletransmission.REFUSED: "Télétransmission refusée par le régime obligatoire",
    Teletransmission.OFF_REQUESTED: "Arrêt de la télétransmission demandé",
}


class Teller(StrEnum):
    """Whose word a change of télétransmission is: the mandatory scheme's counts more than an agent's."""

    MEMBER = "member"
    AGENT = "agent"
    SCHEME = "scheme"


@dataclass(frozen=True, slots=True, kw_only=True)
class TeletransmissionChange:
    """One change of a person's télétransmission: from which day, whose word it is, by which démarche.

    ``at`` is when it was said, unless it was so from the start.
    """

    state: Teletransmission
    on: date
    by: Teller
    at: datetime | None = None
    request_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Nir:
    """A social security number as it is kept: sealed, masked, and findable by keyed hashes only (M16)."""

    sealed: str
    masked: str
    lookup: str
    last8_lookup: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BankAccount:
    """Where reimbursements go: the IBAN is sealed, its mask may be shown."""

    iban_sealed: str
    iban_masked: str
    bic: str | None
    holder: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Removal:
    """Somebody's end of cover, asked for by the member: the démarche, the last day, whether it was recorded (A13)."""

    request_id: str
    ends_on: date
    done: bool = False


def removal_ends_on(asked_on: date) -> date:
    """The last day of cover of somebody who is removed: the last of the month of the request (A13).

    >>> removal_ends_on(date(2028, 2, 1)), removal_ends_on(date(2026, 11, 30))
    (datetime.date(2028, 2, 29), datetime.date(2026, 11, 30))
    """
    return last_day_of_month(asked_on)


@dataclass(frozen=True, slots=True, kw_only=True)
class Beneficiary:
    """A person covered through the employee; rank 1 is the employee.

    ``covered_to`` is the last day of everybody's cover, when one is known; a removal or a proof that ends may come
    before. ``proof`` is what proves that a child is a dependant; ``address`` is theirs when it is not the household's.
    Without a NIR of their own they are attached to the employee's (M56).
    """

    beneficiary_id: str
    rank: int
    relationship: Relationship | None
    first_name: str
    last_name: str
    birth_date: date
    nir: Nir | None
    regime: str = "general"
    covered_from: date
    covered_to: date | None = None
    state: BeneficiaryState
    teletransmission: Teletransmission = Teletransmission.OFF
    sharing: Sharing | None = None
    teletransmission_changes: tuple[TeletransmissionChange, ...] = ()
    proof: Proof | None = None
    removal: Removal | None = None
    address: Address | None = None

    @property
    def name(self) -> str:
        """First name, then last name."""
        return f"{self.first_name} {self.last_name}"

    @property
    def ends_on(self) -> date | None:
        """The last day of cover that is known: everybody's, or that of their own removal (A13)."""
        days = (self.covered_to, self.removal.ends_on if self.removal else None)
        return min((day for day in days if day is not None), default=None)

    @property
    def held_proof(self) -> Proof | None:
        """What proves that a child is a dependant; a child accepted as a minor needs nothing until majority (M54)."""
        if self.proof is not None or self.relationship is not Relationship.CHILD:
            return self.proof
        if is_adult(self.birth_date, self.covered_from):
            return None
        return evidence.of_child(self.birth_date, certified_on=None, since=self.covered_from)

    def accepted(self, on: date, *, certified: bool | None = None) -> "Beneficiary":
        """The same person once covered. ``certified`` says whether a certificate was received on the day.

        Unless told, it was for a child who is of age on the first day of cover: that is the day that decides (M54).

        >>> child = Beneficiary(beneficiary_id="2", rank=2, relationship=Relationship.CHILD, first_name="Zoé",
        ...     last_name="Martin", birth_date=date(2004, 5, 17), nir=None, covered_from=date(2026, 3, 1),
        ...     state=BeneficiaryState.PENDING_PROOF)
        >>> child.accepted(date(2026, 3, 9)).is_covered_on(date(2026, 10, 31))
        True
        >>> child.accepted(date(2026, 3, 9)).is_covered_on(date(2026, 11, 1))
        False
        """
        active = replace(self, state=BeneficiaryState.ACTIVE)
        if self.relationship is not Relationship.CHILD:
            return active
        sent = is_adult(self.birth_date, self.covered_from) if certified is None else certified
        return replace(active, proof=evidence.of_child(self.birth_date, certified_on=on if sent else None, since=on))

    def state_on(self, day: date) -> BeneficiaryState:
        """The state to show on a day: somebody whose last day of cover has passed is no longer covered (H80, M58)."""
        if self.ends_on is not None and self.ends_on < day:
            return BeneficiaryState.ENDED
        proof = self.held_proof
        if self.state is not BeneficiaryState.ACTIVE:
            return self.state
        if proof is not None and proof.until < day:
            return BeneficiaryState.PROOF_EXPIRED if proof.awaited_on(day) else BeneficiaryState.ENDED
        if self.removal is not None:
            return BeneficiaryState.REMOVAL_REQUESTED
        asked = proof is not None and not proof.final and proof.expiring_on(day)
        return BeneficiaryState.PROOF_EXPIRING if asked else BeneficiaryState.ACTIVE

    def is_covered_on(self, day: date) -> bool:
        """Whether the person is accepted and the day lies within their cover, and within what is proved (M55)."""
        period = Period(self.covered_from, day_after(self.ends_on) if self.ends_on else None)
        proof = self.held_proof
        proved = proof is None or day <= proof.until
        return self.state is BeneficiaryState.ACTIVE and proved and period.holds(day)

    @property
    def next_day(self) -> date | None:
        """The last day before something happens to them by itself: a removal takes effect, a proof is seen to."""
        days = [self.removal.ends_on] if self.removal and not self.removal.done else []
        proof = self.held_proof
        if self.state is BeneficiaryState.ACTIVE and proof is not None and proof.next_day is not None:
            days.append(proof.next_day)
        return min(days, default=None)


class MemberField(StrEnum):
    """What an employer may change of an employee (H57)."""

    EMAIL = "email"
    REFERENCE = "reference"
    ADDRESS = "address"
    STARTS_ON = "starts_on"


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberChange:
    """One change that a user of the employer made to an employee's data: when, who, what, from what, to what."""

    at: datetime
    account_id: str
    by: str
    field: MemberField
    before: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """An employee as the insurer knows them, from the pre-affiliation on. Only an e-mail may be known at first.

    ``reference`` is what the employer calls them; ``proposed_email`` is an address that the employer gave for somebody
    affiliated without one, until an agent has checked it (H137, H138); ``changes`` is what the employer changed, latest
    last. ``proposal_id`` is the démarche by which agents check the address.

    ``bank_account`` is the account given at affiliation, or recorded since: whatever is paid at a moment goes to
    ``account_on`` of that moment. ``credited`` holds the changes of the account that reimbursements are paid to,
    ``debited`` the account of somebody who pays contributions themself. ``accountant`` is theirs, as for a company.

    ``counted_as`` is the state in which the company's headcount holds them, ``found_under`` the people whom their
    numbers find, as « hash of the NIR/beneficiary ».
    """

    member_id: str
    company_id: str
    email: str | None
    numero_adherent: str | None = None
    beneficiaries: tuple[Beneficiary, ...] = ()
    address: Address | None = None
    bank_account: BankAccount | None = None
    affiliations: tuple[Affiliation, ...] = ()
    invitation_hash: str | None = None
    invited_until: date | None = None
    affiliation_request_id: str | None = None
    account_id: str | None = None
    card: Card | None = None
    departure: Departure | None = None
    reference: str = ""
    proposed_email: str | None = None
    proposal_id: str | None = None
    changes: tuple[MemberChange, ...] = ()
    credited: Bank | None = None
    debited: Bank | None = None
    accountant: Accountant | None = None
    counted_as: AffiliationState | None = None
    found_under: tuple[str, ...] = ()
    created_at: datetime
    version: int = 0

    @property
    def holder(self) -> Beneficiary | None:
        """The employee as a covered person; ``None`` until the affiliation form was sent."""
        return next((person for person in self.beneficiaries if person.rank == 1), None)

    @property
    def name(self) -> str:
        """What lists show: the name, or the e-mail while nothing else is known."""
        return self.holder.name if self.holder else (self.email or "")

    @property
    def state(self) -> AffiliationState:
        """The state lists show: that of the most advanced affiliation."""
        order = list(AffiliationState)
        ranked = sorted(self.affiliations, key=lambda one: PRECEDENCE[one.state])
        return ranked[0].state if ranked else order[-1]

    @property
    def summary(self) -> "MemberSummary":
        """What lists show; the contracts of cancelled invitations only while there is no other."""
        kept = tuple(one for one in self.affiliations if one.state is not AffiliationState.CANCELLED)
        shown = kept or self.affiliations
        return MemberSummary(
            member_id=self.member_id,
            name=self.name,
            last_name=self.holder.last_name if self.holder else "",
            first_name=self.holder.first_name if self.holder else "",
            email=self.email,
            numero_adherent=self.numero_adherent,
            reference=self.reference,
            state=self.state,
            contract_ids=tuple(one.contract_id for one in shown),
            risks=tuple(sorted({one.risk for one in shown})),
            starts_on=min((one.starts_on for one in shown), default=None),
            ends_on=max((one.ends_on for one in shown if one.ends_on), default=None)
            if all(one.ends_on for one in shown)
            else None,
            invited_until=self.invited_until if self.state is AffiliationState.PRE_AFFILIATED else None,
        )

    def affiliation_to(self, risk: Risk, day: date) -> Affiliation | None:
        """The affiliation that covers a risk on a day, also when it has ended since (H80)."""
        return next((one for one in self.affiliations if one.risk is risk and one.covers(day)), None)

    def running_affiliation(self, risk: Risk) -> Affiliation | None:
        """The affiliation to a contract of a risk that gives rights at present, or will on its first day."""
        return next((one for one in self.affiliations if one.risk is risk and one.runs), None)

    @property
    def card_key(self) -> str | None:
        """The document of the card that was written last, unless it was withdrawn."""
        return self.card.key if self.card and not self.card.withdrawn else None

    @property
    def card_valid_to(self) -> date | None:
        """The last day of the card that was written last, unless it was withdrawn."""
        return self.card.facts.valid_to if self.card and not self.card.withdrawn else None

    def without_card(self) -> "Member":
        """The same member, the card withdrawn if there is one (H80)."""
        return replace(self, card=replace(self.card, withdrawn=True)) if self.card else self

    def beneficiary(self, beneficiary_id: str) -> Beneficiary | None:
        """One covered person."""
        return next((person for person in self.beneficiaries if person.beneficiary_id == beneficiary_id), None)

    def account_on(self, instant: datetime) -> BankAccount | None:
        """The account that a reimbursement ordered at an instant is paid to; what was ordered keeps it (A14, M89).

        A change counts once its delay is over, whenever that is recorded.
        """
        latest = self.bank_for(AccountUse.REIMBURSEMENTS).mandate_on(instant)
        if latest is None:
            return self.bank_account
        return BankAccount(
            iban_sealed=latest.iban_sealed, iban_masked=latest.iban_masked, bic=latest.bic, holder=latest.holder
        )

    def bank_for(self, use: AccountUse) -> Bank:
        """The accounts designated under signature for a use; ``debited`` rests on a mandate, as a company's does."""
        return (self.debited if use is AccountUse.DEBITS else self.credited) or Bank()

    def with_bank(self, use: AccountUse, bank: Bank) -> "Member":
        """The same member with other accounts for a use."""
        return replace(self, debited=bank) if use is AccountUse.DEBITS else replace(self, credited=bank)

    def address_of(self, person: Beneficiary) -> Address | None:
        """Where a covered person lives: at their own address, or with the household (M83)."""
        return person.address or self.address

    @property
    def people_next_day(self) -> date | None:
        """The last day before something happens by itself to one of the covered people."""
        days = (person.next_day for person in self.beneficiaries)
        return min((day for day in days if day is not None), default=None)

    def with_beneficiary(self, changed: Beneficiary) -> "Member":
        """The same member with one covered person changed."""
        people = tuple(changed if p.beneficiary_id == changed.beneficiary_id else p for p in self.beneficiaries)
        return replace(self, beneficiaries=people)

    def with_affiliations_moved(self, origin: set[AffiliationState], state: AffiliationState) -> "Member":
        """The same member, every affiliation in one of the given states moved on."""
        moved = tuple(one.moved_to(state) if one.state in origin else one for one in self.affiliations)
        return replace(self, affiliations=moved)


PRECEDENCE = {
    AffiliationState.ACTIVE: 0,
    AffiliationState.TERMINATION_SCHEDULED: 1,
    AffiliationState.PORTABILITY: 2,
    AffiliationState.PENDING_DOCUMENTS: 3,
    AffiliationState.PRE_AFFILIATED: 4,
    AffiliationState.EVIN_OFFERED: 5,
    AffiliationState.TERMINATED: 6,
    AffiliationState.DECEASED: 7,
    AffiliationState.INVITATION_EXPIRED: 8,
    AffiliationState.CANCELLED: 9,
}


def invitation_ends_on(sent_on: date) -> date:
    """The last day on which an invitation can be used.

    Source: dossier 5.1; the number of days is the insurer's choice (``invitation.validity``).

    >>> invitation_ends_on(date(2026, 3, 2))
    datetime.date(2026, 4, 1)
    """
    return sent_on + timedelta(days=int(parameter("invitation.validity", on=sent_on).value))


def check_affiliation_date(day: date, *, contract_period: Period, today: date) -> None:
    """Refuse an affiliation date outside the contract, too far back or too far ahead (H75).

    Errors: ``FieldErrors`` on ``affiliation_date``.
    """
    back = today - timedelta(days=int(parameter("affiliation.retroactive", on=today).value))
    ahead = today + timedelta(days=int(parameter("affiliation.ahead", on=today).value))
    if not contract_period.holds(day):
        end = f" au {contract_period.end - timedelta(days=1):%d/%m/%Y}" if contract_period.end else ""
        start = f"{contract_period.start:%d/%m/%Y}"
        sentence = f"Le contrat couvre du {start}{end} : choisissez une date dans cette période."
        if not contract_period.end:
            sentence = f"Le contrat prend effet le {start} : choisissez cette date ou une date ultérieure."
        raise FieldErrors.on("affiliation_date", sentence, "outside_contract")
    if day < back:
        earliest = f"{back:%d/%m/%Y}"
        sentence = f"Cette date est trop ancienne (au plus tôt le {earliest})\u00a0: adressez-vous à votre courtier."
        raise FieldErrors.on("affiliation_date", sentence, "too_early")
    if day > ahead:
        raise FieldErrors.on(
            "affiliation_date", f"Cette date est trop lointaine (au plus tard le {ahead:%d/%m/%Y}).", "too_late"
        )


def is_adult(birth_date: date, on: date) -> bool:
    """Whether a child is of age on the day its cover would start (M53, M54).

    Source: Code civil art. 414.

    >>> is_adult(date(2008, 3, 1), date(2026, 2, 28)), is_adult(date(2008, 3, 1), date(2026, 3, 1))
    (False, True)
    """
    return age_on(birth_date, on) >= int(parameter("child.majority", on=on).value)


def card_validity(starts_on: date, issued_on: date) -> Period:
    """The period a third-party-payment card is valid for: the cover, within the civil year the card is written for.

    Source: dossier 8.2 (one year at most, the civil year).

    >>> card_validity(date(2026, 3, 1), date(2026, 3, 4))
    Period(start=datetime.date(2026, 3, 1), end=datetime.date(2027, 1, 1))
    """
    year = max(starts_on, issued_on).year
    return Period(max(starts_on, date(year, 1, 1)), date(year + 1, 1, 1))


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberSummary:
    """What a company's list of employees shows of one; it cannot be saved."""

    member_id: str
    name: str
    last_name: str = ""
    first_name: str = ""
    email: str | None
    numero_adherent: str | None
    reference: str = ""
    state: AffiliationState
    contract_ids: tuple[str, ...]
    risks: tuple[Risk, ...] = ()
    starts_on: date | None
    ends_on: date | None = None
    invited_until: date | None = None

    @property
    def listed_as(self) -> str:
        """The place in the list: by last name, then first name, or by e-mail while nothing else is known.

        >>> one = MemberSummary(member_id="7", name="Zoé Le Goff", last_name="Le Goff", first_name="Zoé", email=None,
        ...     numero_adherent=None, state=AffiliationState.ACTIVE, contract_ids=(), starts_on=None)
        >>> one.listed_as
        'le goff zoe#7'
        """
        known = f"{self.last_name} {self.first_name}" if self.last_name else self.name
        return f"{searchable(known)}#{self.member_id}"

    def answers_to(self, text: str) -> bool:
        """Whether each word of a text is part of the name, e-mail, numéro adhérent or reference (H49).

        Neither case nor accents matter.

        >>> one = MemberSummary(member_id="7", name="Zoé Le Goff", email="z@exemple.fr", numero_adherent="1234567",
        ...     state=AffiliationState.ACTIVE, contract_ids=(), starts_on=None)
        >>> one.answers_to("GOFF zoe"), one.answers_to("@exemple"), one.answers_to("Goff Anne")
        (True, True, False)
        """
        known = searchable(f"{self.name} {self.email or ''} {self.numero_adherent or ''} {self.reference}")
        return all(word in known for word in searchable(text).split())
