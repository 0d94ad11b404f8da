"""Answers that several spaces share, built from domain objects. An amount is an integer number of cents."""

from datetime import date, datetime

from pydantic import Field

from chalicelib import clock
from chalicelib.api.schemas import View
from chalicelib.domain import request as requests
from chalicelib.domain.company import Address, Contract, ContributionBasis, Risk
from chalicelib.domain.guarantee_wording import wording
from chalicelib.domain.member import (
    BENEFICIARY_LABELS,
    LABELS,
    TELETRANSMISSION_LABELS,
    AffiliationState,
    Beneficiary,
    Member,
    Teletransmission,
)
from chalicelib.domain.request import Request, RequestSummary
from chalicelib.domain.required_documents import TITLES, DocumentKind, RequiredDocument
from chalicelib.services import contract_documents
from chalicelib.services.claims import reference
from chalicelib.services.uploads import Announced


class Link(View):
    """A link to a document; it works for a few minutes."""

    url: str


class Acknowledged(View):
    """The request was taken into account; the sentence is for the person."""

    detail: str


EMAIL_ASKED = "Si cette adresse peut être utilisée, un lien y est envoyé pour la confirmer."


class AddressView(View):
    """A postal address."""

    line1: str
    line2: str
    postcode: str
    city: str
    country: str

    @classmethod
    def of(cls, address: Address) -> "AddressView":
        """The view of an address."""
        return cls.model_validate(address)


class AccountantView(View):
    """Who keeps the accounts of a company or of a member."""

    name: str
    firm: str
    email: str
    phone: str


class BrokerView(View):
    """Who advises the company (H33)."""

    name: str
    orias: str
    email: str
    phone: str
    address: AddressView


class BeneficiaryView(View):
    """A covered person, without a social security number."""

    beneficiary_id: str
    rank: int
    relationship: str | None
    first_name: str
    last_name: str
    birth_date: date
    covered_from: date
    covered_to: date | None
    state: str
    state_label: str
    teletransmission: Teletransmission
    teletransmission_label: str

    @classmethod
    def of(cls, person: Beneficiary) -> "BeneficiaryView":
        """The view of a covered person."""
        return cls(
            beneficiary_id=person.beneficiary_id,
            rank=person.rank,
            relationship=person.relationship,
            first_name=person.first_name,
            last_name=person.last_name,
            birth_date=person.birth_date,
            covered_from=person.covered_from,
            covered_to=person.ends_on,
            state=(state := person.state_on(clock.today())),
            state_label=BENEFICIARY_LABELS[state],
            teletransmission=person.teletransmission,
            teletransmission_label=TELETRANSMISSION_LABELS[person.teletransmission],
        )


class AffiliationView(View):
    """An employee's membership of one contract."""

    contract_id: str
    risk: Risk
    starts_on: date
    ends_on: date | None
    state: AffiliationState
    state_label: str

    @classmethod
    def all_of(cls, member: Member) -> list["AffiliationView"]:
        """The memberships of an employee."""
        return [
            cls(
                contract_id=one.contract_id,
                risk=one.risk,
                starts_on=one.starts_on,
                ends_on=one.ends_on,
                state=one.state,
                state_label=LABELS[one.state],
            )
            for one in member.affiliations
        ]


class GuaranteeView(View):
    """One line of a guarantee table."""

    label: str
    wording: str


class DocumentView(View):
    """A document that can be downloaded."""

    document_id: str
    title: str


class RateView(View):
    """One price of a contract."""

    label: str
    basis: ContributionBasis
    value: str


class TermsView(View):
    """How a contract is paid for."""

    frequency: str
    due_day: int
    in_advance: bool
    employer_share_percent: str
    rates: list[RateView]


class ContractView(View):
    """A contract with its guarantees, terms and documents (H31, H32, M24, M26)."""

    contract_id: str
    number: str
    label: str
    risk: Risk
    starts_on: date
    ends_on: date | None
    terms: TermsView
    guarantees: list[GuaranteeView]
    documents: list[DocumentView]

    @classmethod
    def of(cls, contract: Contract) -> "ContractView":
        """The view of a contract, with its latest guarantee table."""
        table = max(contract.tables, key=lambda one: one.valid_from, default=None)
        return cls(
            contract_id=contract.contract_id,
            number=contract.number,
            label=contract.label,
            risk=contract.risk,
            starts_on=contract.starts_on,
            ends_on=contract.ends_on,
            terms=TermsView.model_validate(contract.terms),
            guarantees=[GuaranteeView(label=one.label, wording=wording(one.guarantee)) for one in table.clauses]
            if table
            else [],
            documents=[
                DocumentView(document_id=one.document_id, title=one.title)
                for one in contract_documents.listed(contract)
            ],
        )


class RequiredDocumentView(View):
    """A document to send: which, about whom, and why."""

    kind: DocumentKind
    title: str
    about: str
    reason: str

    @classmethod
    def of(cls, one: RequiredDocument) -> "RequiredDocumentView":
        """The view of a required document."""
        return cls(kind=one.kind, title=TITLES[one.kind], about=one.about, reason=one.reason)


class AttachmentView(View):
    """A file that was announced or sent, with its receipt: time, size and SHA-256."""

    document_id: str
    kind: DocumentKind
    name: str
    state: str
    received_at: datetime | None
    size: int | None
    sha256: str | None
    refusal: str | None


class HistoryView(View):
    """One thing that happened to a request."""

    at: datetime
    event: str
    state_label: str


class RequestView(View):
    """A request: its state, what is missing, who acts next, until when (M112)."""

    request_id: str
    reference: str = Field(description="Le nom court de la démarche, celui des courriels et des virements")
    kind: str
    title: str
    member_id: str
    member_name: str
    state: str
    state_label: str
    reason: str | None
    next_actor: str
    due_on: date | None
    required: list[RequiredDocumentView]
    missing: list[RequiredDocumentView]
    attachments: list[AttachmentView]
    history: list[HistoryView]
    notices: list[str] = Field(description="Les autres demandes et décomptes auxquels celle-ci ressemble")
    reimbursement_id: str | None = None
    created_at: datetime

    @classmethod
    def of(cls, one: Request) -> "RequestView":
        """The view of a request."""
        return cls(
            request_id=one.request_id,
            reference=reference(one.request_id),
            kind=one.kind,
            title=one.title,
            member_id=one.member_id,
            member_name=one.member_name,
            state=one.state,
            state_label=requests.LABELS[one.state],
            reason=one.reason,
            next_actor=one.next_actor,
            due_on=one.due_on,
            required=[RequiredDocumentView.of(document) for document in one.required],
            missing=[RequiredDocumentView.of(document) for document in one.missing],
            attachments=[AttachmentView.model_validate(file) for file in one.attachments],
            history=[
                HistoryView(at=entry.at, event=entry.event, state_label=requests.LABELS[entry.state])
                for entry in one.history
            ],
            notices=list(one.claim.resembles) if one.claim else [],
            reimbursement_id=one.claim.reimbursement_id if one.claim else None,
            created_at=one.created_at,
        )


class RequestSummaryView(View):
    """A request as a list shows it."""

    request_id: str
    reference: str = Field(description="Le nom court de la démarche, celui des courriels et des virements")
    kind: str
    title: str
    member_id: str
    member_name: str
    state: str
    state_label: str
    missing: int
    due_on: date | None
    created_at: datetime

    @classmethod
    def of(cls, one: RequestSummary) -> "RequestSummaryView":
        """The view of a summary."""
        return cls(
            request_id=one.request_id,
            reference=reference(one.request_id),
            kind=one.kind,
            title=one.title,
            member_id=one.member_id,
            member_name=one.member_name,
            state=one.state,
            state_label=requests.LABELS[one.state],
            missing=one.missing,
            due_on=one.due_on,
            created_at=one.created_at,
        )


class RequestListView(View):
    """Requests, newest first."""

    requests: list[RequestSummaryView]


class UploadView(View):
    """The form to send one file with: POST it to ``url`` as multipart/form-data, every field first, ``file`` last."""

    document_id: str
    url: str
    fields: dict[str, str] = Field(description="Champs du formulaire, à envoyer avant le champ «\u00a0file\u00a0»")
    expires_in_seconds: int

    @classmethod
    def of(cls, one: Announced) -> "UploadView":
        """The view of an announced upload."""
        return cls.model_validate(one)
