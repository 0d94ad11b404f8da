"""The member's requests: ask for a reimbursement, send documents, follow (M40–M47, M59–M64, M102–M113)."""

from datetime import date
from decimal import Decimal
from typing import Annotated

from pydantic import Field

from chalicelib.api.forms import AnnounceUpload, Identifier
from chalicelib.api.routing import ApiBlueprint
from chalicelib.api.schemas import Body, View
from chalicelib.api.session import Access, Caller
from chalicelib.api.views import (
    RequestListView,
    RequestSummaryView,
    RequestView,
    RequiredDocumentView,
    UploadView,
)
from chalicelib.domain import acts
from chalicelib.domain.acts import Form
from chalicelib.domain.adjudication.care import Component, Derogation, Exemption, ItemClass, Part, Territory
from chalicelib.domain.claim import ClaimLine, Stay
from chalicelib.domain.errors import FieldError, FieldErrors
from chalicelib.domain.lens import Design, Prescription
from chalicelib.domain.required_documents import Circuit
from chalicelib.identifiers.fields import ProfessionalStr
from chalicelib.services import claims, own_space, privacy, uploads
from chalicelib.services.claims import ClaimDraft, Need
from chalicelib.validation import Schema

blueprint = ApiBlueprint(__name__, tag="Espace personnel")

Amount = Annotated[int, Field(strict=True, ge=0, le=100_000_00, description="Centimes d’euro", examples=[3000])]


Dioptres = Annotated[Decimal, Field(max_digits=4, decimal_places=2, description="Dioptries", examples=["-2.25"])]
Location = Annotated[str, Field(min_length=1, max_length=5, examples=["left"])]
ChargedDays = Annotated[int, Field(strict=True, ge=0, le=366, description="Forfaits journaliers compris dans ce prix")]


class LensForm(Schema):
    """What is prescribed for one lens."""

    sphere: Dioptres
    design: Design
    cylinder: Dioptres = Decimal(0)
    addition: Dioptres = Decimal(0)


class ComponentForm(Schema):
    """One part of a pair of glasses."""

    part: Part
    item_class: ItemClass
    expense_cents: Amount
    prescription: LensForm | None = Field(default=None, description="Ce que l’ordonnance dit de ce verre")


Components = Annotated[list[ComponentForm], Field(max_length=3)]


class StayForm(Schema):
    """The stay in hospital that the care was given in."""

    entered_on: date
    left_on: date | None = None


class LineForm(Schema):
    """One line of the invoice."""

    act: Annotated[str, Field(min_length=1, max_length=20, examples=["CP"])]
    care_on: date
    expense_cents: Annotated[Amount, Field(gt=0)]
    quantity: Annotated[int, Field(strict=True, ge=1, le=366)] = 1
    statutory_paid_cents: Amount | None = Field(
        default=None, description="Montant remboursé par la Sécurité sociale, lu sur son décompte"
    )
    base_cents: Amount | None = Field(default=None, description="Base de remboursement, lue sur le décompte")
    third_party_payment: bool = False
    prescribed: bool = False
    in_pathway: bool = True
    optam: bool | None = None
    other_payers_cents: Amount = 0
    components: Components = []
    professional: ProfessionalStr | None = Field(default=None, description="Numéro de qui a soigné, lu sur la facture")
    stay: StayForm | None = Field(default=None, description="Le séjour à l’hôpital pendant lequel ce soin a eu lieu")
    daily_charge_days: ChargedDays | None = None
    location: Location | None = Field(default=None, description="Oreille ou œil (left, right), ou numéro de la dent")
    territory: Territory = Territory.METROPOLE
    exemption: Exemption | None = Field(default=None, description="Pourquoi la Sécurité sociale prend tout en charge")
    derogation: Derogation | None = Field(default=None, description="Pourquoi des lunettes se renouvellent plus tôt")
    emergency: bool = False
    prescribed_on: date | None = Field(default=None, description="Date de l’ordonnance")


class OpenClaim(Body):
    """A reimbursement request: one beneficiary, one form, the lines of the invoice (M59, M60, M63)."""

    EXAMPLE = {
        "beneficiary_id": "9d2b7c40e1f64c8e8a35b60d7f21c5e9",
        "form": "other",
        "lines": [{"act": "OST", "care_on": "2026-03-02", "expense_cents": 6000}],
    }

    beneficiary_id: Identifier
    form: Form
    lines: Annotated[list[LineForm], Field(min_length=1, max_length=20)]


class NeedsQuery(Schema):
    """The care that somebody thinks of claiming."""

    beneficiary_id: Identifier
    act: Annotated[str, Field(min_length=1, max_length=20, examples=["G"])]
    care_on: date
    third_party_payment: bool = Field(default=False, description="Le professionnel n’a rien demandé à l’assuré")
    prescribed: bool = False


class NeedsView(View):
    """What a claim for some care would need, and what the guide says of its case."""

    case: Circuit
    case_label: str
    help: list[str] = Field(description="Ce que le guide dit de ce cas")
    nothing_to_send: bool
    asked_from: date = Field(description="Premier jour où les pièces sont demandées\u00a0: avant, le flux les remplace")
    documents: list[RequiredDocumentView]
    decompte: str | None = Field(description="Numéro du décompte qui a déjà remboursé ces soins sans l’assuré")

    @classmethod
    def of(cls, need: Need) -> "NeedsView":
        """The view of what a claim needs."""
        return cls(
            case=need.circuit,
            case_label=need.circuit.label,
            help=list(need.circuit.advice),
            nothing_to_send=not need.documents,
            asked_from=need.asked_from,
            documents=[RequiredDocumentView.of(one) for one in need.documents],
            decompte=need.decompte,
        )


class ActView(View):
    """An act a form offers."""

    code: str
    label: str
    unit: str
    covered_by_statutory: bool
    max_quantity: int


class ActQuery(Schema):
    """Which form."""

    form: Form


class ActListView(View):
    """The acts of a form."""

    acts: list[ActView]


@blueprint.endpoint(
    "GET",
    "/member/acts",
    access=Access.MEMBER,
    summary="Les actes d’un formulaire",
    query=ActQuery,
    response=ActListView,
    items=("M60",),
)
def list_acts(caller: Caller, query: ActQuery) -> ActListView:
    """Optical, dental or other."""
    own_space.with_health(caller.member_id)
    return ActListView(
        acts=[
            ActView(
                code=one.code,
                label=one.label,
                unit=one.unit,
                covered_by_statutory=one.covered,
                max_quantity=one.max_quantity,
            )
            for one in acts.of_form(query.form)
        ]
    )


@blueprint.endpoint(
    "GET",
    "/member/claims/needs",
    access=Access.MEMBER,
    summary="Ce qu’il faut pour demander un remboursement",
    query=NeedsQuery,
    response=NeedsView,
    items=(
        "M102",
        "M103",
        "M104",
        "M105",
        "M106",
        "M107",
        "M108",
        "M109",
        "M110",
        "M111",
        "H139",
        "H140",
        "H141",
        "H142",
        "H143",
        "H144",
        "H145",
        "H146",
        "H147",
        "H148",
        "H149",
    ),
)
def claim_needs(caller: Caller, query: NeedsQuery) -> NeedsView:
    """The case is chosen from the person's télétransmission and from what the scheme has told already."""
    line = ClaimLine(
        act=query.act,
        care_on=query.care_on,
        expense_cents=0,
        third_party_payment=query.third_party_payment,
        prescribed=query.prescribed,
    )
    return NeedsView.of(claims.needs(caller.member_id, query.beneficiary_id, line))


@blueprint.endpoint(
    "POST",
    "/member/claims",
    access=Access.MEMBER,
    summary="Demander un remboursement",
    request=OpenClaim,
    response=RequestView,
    status=201,
    refusals=("nothing_to_send", "flow_awaited", "key_reused"),
    idempotent=True,
    items=(
        "M20",
        "M42",
        "M59",
        "M60",
        "M62",
        "M63",
        "M102",
        "M103",
        "M105",
        "M107",
        "M108",
        "M109",
        "H139",
        "H140",
        "H142",
        "H144",
        "H145",
        "H146",
        "H148",
    ),
)
def open_claim(caller: Caller, body: OpenClaim, idempotency_key: str) -> RequestView:
    """Answers which documents the case needs; the same key again gives the same claim."""
    draft = draft_of(body.beneficiary_id, body.form, body.lines)
    opened = claims.open_claim(caller.member_id, draft, idempotency_key=idempotency_key)
    return RequestView.of(privacy.discreet(opened))


@blueprint.endpoint(
    "GET",
    "/member/requests",
    access=Access.MEMBER,
    summary="Mes démarches",
    response=RequestListView,
    items=("M112",),
)
def list_requests(caller: Caller) -> RequestListView:
    """Newest first."""
    return RequestListView(requests=[RequestSummaryView.of(one) for one in claims.of_member(caller.member_id)])


@blueprint.endpoint(
    "GET",
    "/member/requests/{request_id}",
    access=Access.MEMBER,
    summary="Suivre une démarche",
    response=RequestView,
    items=("M112", "M113"),
)
def read_request(caller: Caller, request_id: str) -> RequestView:
    """Its state, what is missing, who acts next, and a receipt for each file."""
    return RequestView.of(privacy.discreet(claims.get(caller.member_id, request_id)))


@blueprint.endpoint(
    "POST",
    "/member/requests/{request_id}/uploads",
    access=Access.MEMBER,
    summary="Annoncer l’envoi d’une pièce",
    request=AnnounceUpload,
    response=UploadView,
    status=201,
    refusals=("no_document_awaited", "too_many_files"),
    items=("M62", "M113"),
)
def announce_upload(caller: Caller, request_id: str, body: AnnounceUpload) -> UploadView:
    """Answers the form to send the file with, straight to storage."""
    request = claims.get(caller.member_id, request_id)
    announced = uploads.announce(
        request, kind=body.kind, about=body.about, name=body.name, content_type=body.content_type
    )
    return UploadView.of(announced)


def draft_of(beneficiary_id: str, form: Form, lines: list[LineForm]) -> ClaimDraft:
    """What a form says, be it a claim, a devis or a simulation. Errors: ``FieldErrors`` at their place in the form."""
    read = tuple(_line(one, place=f"lines[{index}]") for index, one in enumerate(lines))
    return ClaimDraft(beneficiary_id=beneficiary_id, form=form, lines=read)


def components_of(forms: list[ComponentForm], *, place: str) -> tuple[Component, ...]:
    """The parts of a pair of glasses. Errors: ``FieldErrors`` at their place in the form."""
    found = []
    for index, form in enumerate(forms):
        try:
            found.append(_component(form))
        except FieldErrors as errors:
            at = f"{place}.components[{index}].prescription"
            faults = ((one.field.rpartition("prescription")[2], one) for one in errors.faults)
            raise FieldErrors(*(FieldError(at + tail, one.message, one.code) for tail, one in faults)) from None
    return tuple(found)


def _component(form: ComponentForm) -> Component:
    lens = form.prescription
    return Component(
        part=form.part,
        item_class=form.item_class,
        expense_cents=form.expense_cents,
        prescription=Prescription(
            sphere=lens.sphere, design=lens.design, cylinder=lens.cylinder, addition=lens.addition
        )
        if lens
        else None,
    )


def stay_of(form: StayForm | None) -> Stay | None:
    """The stay of a form."""
    return Stay(entered_on=form.entered_on, left_on=form.left_on) if form else None


def _line(form: LineForm, *, place: str) -> ClaimLine:
    return ClaimLine(
        act=form.act,
        care_on=form.care_on,
        expense_cents=form.expense_cents,
        quantity=form.quantity,
        statutory_paid_cents=form.statutory_paid_cents,
        base_cents=form.base_cents,
        third_party_payment=form.third_party_payment,
        prescribed=form.prescribed,
        in_pathway=form.in_pathway,
        optam=form.optam,
        other_payers_cents=form.other_payers_cents,
        components=components_of(form.components, place=place),
        professional=form.professional,
        stay=stay_of(form.stay),
        daily_charge_days=form.daily_charge_days,
        location=form.location,
        territory=form.territory,
        exemption=form.exemption,
        derogation=form.derogation,
        emergency=form.emergency,
        prescribed_on=form.prescribed_on,
    )
