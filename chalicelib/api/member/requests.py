"""The member's requests: ask for a reimbursement, send documents, follow (M40–M47, M59–M64, M102–M113)."""

from datetime import date
from typing import Annotated

from pydantic import Field

from chalicelib.api.forms import AnnounceUpload
from chalicelib.api.routing import ApiBlueprint
from chalicelib.api.schemas import Body, View
from chalicelib.api.session import Access, Caller
from chalicelib.api.views import RequestListView, RequestSummaryView, RequestView, UploadView
from chalicelib.domain import acts
from chalicelib.domain.acts import Form
from chalicelib.domain.adjudication.care import Component, ItemClass, Part
from chalicelib.domain.claim import ClaimLine
from chalicelib.services import claims, uploads
from chalicelib.services.claims import ClaimDraft
from chalicelib.validation import Schema

blueprint = ApiBlueprint(__name__, tag="Espace personnel")

Amount = Annotated[int, Field(strict=True, ge=0, le=100_000_00, description="Centimes d’euro", examples=[3000])]


class ComponentForm(Schema):
    """One part of a pair of glasses."""

    part: Part
    item_class: ItemClass
    expense_cents: Amount


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
    components: Annotated[list[ComponentForm], Field(max_length=3)] = []


class OpenClaim(Body):
    """A reimbursement request: one beneficiary, one form, the lines of the invoice (M59, M60, M63)."""

    EXAMPLE = {
        "beneficiary_id": "9d2b7c40e1f64c8e8a35b60d7f21c5e9",
        "form": "other",
        "lines": [{"act": "OST", "care_on": "2026-03-02", "expense_cents": 6000}],
    }

    beneficiary_id: Annotated[str, Field(min_length=1, max_length=64)]
    form: Form
    lines: Annotated[list[LineForm], Field(min_length=1, max_length=20)]


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
    "POST",
    "/member/claims",
    access=Access.MEMBER,
    summary="Demander un remboursement",
    request=OpenClaim,
    response=RequestView,
    status=201,
    refusals=("nothing_to_send",),
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
    draft = ClaimDraft(
        beneficiary_id=body.beneficiary_id, form=body.form, lines=tuple(_line(one) for one in body.lines)
    )
    return RequestView.of(claims.open_claim(caller.member_id, draft, idempotency_key=idempotency_key))


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
    return RequestView.of(claims.get(caller.member_id, request_id))


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


def _line(form: LineForm) -> ClaimLine:
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
        components=tuple(
            Component(part=one.part, item_class=one.item_class, expense_cents=one.expense_cents)
            for one in form.components
        ),
    )
