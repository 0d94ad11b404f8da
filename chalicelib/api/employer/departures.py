"""An employee leaves: see what follows, record it, correct or cancel it, hand over the letters.

Requirements H76, H77, H78, H79, H80.
"""

from datetime import date
from typing import Annotated

from pydantic import Field

from chalicelib.api.routing import ApiBlueprint
from chalicelib.api.schemas import Body, View
from chalicelib.api.session import Access, Caller
from chalicelib.api.views import AffiliationView, DocumentView, Link
from chalicelib.domain import portability as rules
from chalicelib.domain.departure import RIGHTS, Declared, Departure, DepartureReason
from chalicelib.domain.evin import WHO, EvinTitle
from chalicelib.domain.journal import DataGroup
from chalicelib.domain.leaving import Outcome
from chalicelib.domain.member import LABELS, Member
from chalicelib.domain.portability import Employment, Portability
from chalicelib.services import departure_letters, departures, employees
from chalicelib.validation import Schema

blueprint = ApiBlueprint(__name__, tag="Espace RH")

REMINDER = (
    "L’employeur doit informer le salarié de son droit éventuel à la portabilité, et le mentionner sur le "
    "certificat de travail (article L911-8 du code de la sécurité sociale)."
)


class EmploymentForm(Schema):
    """One earlier contract with the same employer; its last day is included."""

    started_on: date
    ended_on: date


class DeclareDeparture(Body):
    """Who leaves when and why (H76, H78). ``earlier_contracts`` go from the oldest to the latest."""

    EXAMPLE = {
        "reason": "rupture_conventionnelle",
        "leaving_on": "2026-03-31",
        "contract_started_on": "2024-09-01",
        "earlier_contracts": [{"started_on": "2024-03-01", "ended_on": "2024-08-31"}],
    }

    reason: DepartureReason
    leaving_on: date = Field(description="Dernier jour du contrat de travail")
    contract_started_on: date
    earlier_contracts: Annotated[list[EmploymentForm], Field(max_length=24)] = []
    unemployment_benefit: bool = Field(
        default=True, description="Faux si l’on sait que la personne ne sera pas indemnisée par l’assurance chômage"
    )

    @property
    def declared(self) -> Declared:
        """What is declared, as the rules read it."""
        return Declared(
            reason=self.reason,
            leaving_on=self.leaving_on,
            contract_started_on=self.contract_started_on,
            earlier=tuple(
                Employment(started_on=one.started_on, ended_on=one.ended_on) for one in self.earlier_contracts
            ),
            unemployment_benefit=self.unemployment_benefit,
        )


class OutcomeView(View):
    """What a departure would lead to, with the reminder that the law wants (H77, H79, H80). Days are included."""

    reminder: str
    covered_until: date
    card_valid_to: date | None
    portability: bool
    because: str | None
    kept_from: date | None
    kept_until: date | None
    months: int
    ends_with: list[str]
    evin: EvinTitle | None
    evin_reason: str | None

    @classmethod
    def of(cls, found: Outcome) -> "OutcomeView":
        """The view of an outcome."""
        return cls(
            reminder=REMINDER,
            covered_until=found.covered_until,
            card_valid_to=found.covered_until if found.has_card else None,
            portability=found.because is None,
            because=found.because,
            kept_from=found.kept_from,
            kept_until=found.kept_until,
            months=found.months,
            ends_with=list(rules.ENDINGS) if found.because is None else [],
            evin=found.evin,
            evin_reason=WHO[found.evin] if found.evin else None,
        )


class PortabilityView(View):
    """The right to portability and how its proof stands. Days are included."""

    starts_on: date
    ends_on: date
    months: int
    state: str
    state_label: str
    proof_due_on: date | None

    @classmethod
    def of(cls, right: Portability) -> "PortabilityView":
        """The view of a right to portability."""
        return cls(
            starts_on=right.starts_on,
            ends_on=right.ends_on,
            months=right.months,
            state=right.state,
            state_label=rules.LABELS[right.state],
            proof_due_on=right.proof_due_on if right.awaits_proof else None,
        )


class DepartureView(View):
    """A recorded departure, what it led to, and its letters (H76, H78, H79)."""

    member_id: str
    request_id: str
    state: str
    state_label: str
    reason: DepartureReason
    reason_label: str
    leaving_on: date
    covered_until: date
    affiliations: list[AffiliationView]
    portability: PortabilityView | None
    evin_answer_by: date | None
    documents: list[DocumentView]

    @classmethod
    def of(cls, member: Member, departure: Departure) -> "DepartureView":
        """The view of an employee's departure."""
        declared = departure.declared
        return cls(
            member_id=member.member_id,
            request_id=departure.request_id,
            state=member.state,
            state_label=LABELS[member.state],
            reason=declared.reason,
            reason_label=RIGHTS[declared.reason].label,
            leaving_on=declared.leaving_on,
            covered_until=departure.covered_until,
            affiliations=AffiliationView.all_of(member),
            portability=PortabilityView.of(departure.portability) if departure.portability else None,
            evin_answer_by=departure.evin.answer_by if departure.evin else None,
            documents=[
                DocumentView(document_id=one, title=departure_letters.TITLES[one])
                for one in departure_letters.listed(departure)
            ],
        )


@blueprint.endpoint(
    "POST",
    "/employer/companies/{company_id}/employees/{member_id}/departure/preview",
    access=Access.COMPANY_MANAGER,
    summary="Voir ce qu’un départ entraîne",
    request=DeclareDeparture,
    response=OutcomeView,
    refusals=("not_affiliated",),
    items=("H77", "H78", "H79", "H80"),
    journal=(DataGroup.CONTRACT,),
)
def preview_departure(caller: Caller, company_id: str, member_id: str, body: DeclareDeparture) -> OutcomeView:
    """Nothing is recorded: the reminder, portability or not and why, the last days of cover and card."""
    return OutcomeView.of(departures.preview(company_id, member_id, body.declared))


@blueprint.endpoint(
    "POST",
    "/employer/companies/{company_id}/employees/{member_id}/departure",
    access=Access.COMPANY_MANAGER,
    summary="Déclarer un départ",
    request=DeclareDeparture,
    response=DepartureView,
    status=201,
    refusals=("already_leaving", "not_affiliated"),
    items=("H76", "H78", "H79", "H80"),
    journal=(DataGroup.CONTRACT,),
)
def declare_departure(caller: Caller, company_id: str, member_id: str, body: DeclareDeparture) -> DepartureView:
    """It takes effect once the last day of cover has passed; the leaver gets a mail."""
    return _view(departures.record(caller.account, company_id, member_id, body.declared))


@blueprint.endpoint(
    "PUT",
    "/employer/companies/{company_id}/employees/{member_id}/departure",
    access=Access.COMPANY_MANAGER,
    summary="Corriger un départ",
    request=DeclareDeparture,
    response=DepartureView,
    refusals=("departure_in_effect",),
    items=("H78",),
    journal=(DataGroup.CONTRACT,),
)
def correct_departure(caller: Caller, company_id: str, member_id: str, body: DeclareDeparture) -> DepartureView:
    """Until it takes effect."""
    return _view(departures.correct(caller.account, company_id, member_id, body.declared))


@blueprint.endpoint(
    "DELETE",
    "/employer/companies/{company_id}/employees/{member_id}/departure",
    access=Access.COMPANY_MANAGER,
    summary="Annuler un départ",
    status=204,
    refusals=("departure_in_effect",),
    items=("H78", "H80"),
)
def cancel_departure(caller: Caller, company_id: str, member_id: str) -> None:
    """Until it takes effect; everybody is covered as before."""
    departures.cancel(caller.account, company_id, member_id)


@blueprint.endpoint(
    "GET",
    "/employer/companies/{company_id}/employees/{member_id}/departure",
    access=Access.COMPANY_READER,
    summary="Suivre un départ",
    response=DepartureView,
    items=("H76", "H79"),
    journal=(DataGroup.CONTRACT,),
)
def read_departure(caller: Caller, company_id: str, member_id: str) -> DepartureView:
    """What was declared, and where portability stands."""
    return _view(employees.get(company_id, member_id))


@blueprint.endpoint(
    "GET",
    "/employer/companies/{company_id}/employees/{member_id}/departure/documents/{document_id}",
    access=Access.COMPANY_READER,
    summary="Courrier d’un départ",
    response=Link,
    refusals=("document_not_ready",),
    items=("H77",),
    journal=(DataGroup.DOCUMENTS,),
)
def departure_document(caller: Caller, company_id: str, member_id: str, document_id: str) -> Link:
    """The link works for a few minutes."""
    return Link(url=departure_letters.link(employees.get(company_id, member_id), document_id))


def _view(member: Member) -> DepartureView:
    return DepartureView.of(member, departures.departure_of(member))
