"""Several employees affiliated by a file: the template, a check that invites nobody, then the application (H62)."""

import base64
import binascii
from datetime import datetime
from typing import Annotated

from pydantic import Field

from chalicelib.api.forms import Text
from chalicelib.api.routing import ApiBlueprint
from chalicelib.api.schemas import Body, View
from chalicelib.api.session import Access, Caller
from chalicelib.domain.errors import FieldErrors
from chalicelib.services import group_affiliation
from chalicelib.services.group_affiliation import AffiliationFile, FileState, Row, RowState

blueprint = ApiBlueprint(__name__, tag="Espace RH")


class CheckAffiliationFile(Body):
    """A CSV or XLSX file of 180 Ko at most, in base64: nothing but rows is kept of it, so no storage takes it in."""

    EXAMPLE = {
        "name": "arrivees-avril.csv",
        "content": "UmlzcXVlO051bcOpcm8gZGUgY29udHJhdDtDb3VycmllbDtEYXRlIGTigJlhZmZpbGlhdGlvbg0KU2FudMOpO1NBTlRFLTE7"
        "bGVhLm1hcnRpbkBleGVtcGxlLmZyOzAxLzA0LzIwMjYNCg==",
    }

    name: Text
    content: Annotated[str, Field(min_length=1, json_schema_extra={"contentEncoding": "base64"})]

    @property
    def decoded(self) -> bytes:
        """The file itself.

        Errors: ``FieldErrors``.
        """
        try:
            return base64.b64decode(self.content, validate=True)
        except (binascii.Error, ValueError):
            raise FieldErrors.on("content", "Envoyez le fichier encodé en base64.", "base64") from None


class RowFaultView(View):
    """What is wrong with a row, and in which column."""

    column: str
    code: str
    detail: str


class AffiliationRowView(View):
    """A row as it was written, by the line that a spreadsheet shows, and its verdict."""

    line: int
    risk: str
    contract_number: str
    email: str
    affiliation_date: str
    state: RowState
    faults: list[RowFaultView]

    @classmethod
    def of(cls, row: Row) -> "AffiliationRowView":
        """The view of a row."""
        return cls(
            line=row.written.line,
            risk=row.written.risk,
            contract_number=row.written.contract_number,
            email=row.written.email,
            affiliation_date=row.written.affiliation_date,
            state=row.state,
            faults=[RowFaultView(column=one.field, code=one.code, detail=one.message) for one in row.faults],
        )


class AffiliationFileView(View):
    """A file and what becomes of its rows.

    ``accepted`` rows are still to be invited, ``already_affiliated`` ones ask for nothing, ``refused`` ones can be
    downloaded with their reasons.
    """

    file_id: str
    name: str
    checked_at: datetime
    state: FileState
    accepted: int
    already_affiliated: int
    refused: int
    invited: int
    rows: list[AffiliationRowView]

    @classmethod
    def of(cls, file: AffiliationFile) -> "AffiliationFileView":
        """The view of a file."""
        return cls(
            file_id=file.file_id,
            name=file.name,
            checked_at=file.checked_at,
            state=file.state,
            accepted=file.count(RowState.ACCEPTED),
            already_affiliated=file.count(RowState.ALREADY),
            refused=file.count(RowState.REFUSED),
            invited=file.count(RowState.INVITED),
            rows=[AffiliationRowView.of(row) for row in file.rows],
        )


class SheetView(View):
    """A CSV file to save under a name: its text, from the byte order mark by which spreadsheets know UTF-8."""

    name: str
    content: str


@blueprint.endpoint(
    "GET",
    "/employer/companies/{company_id}/affiliation-template",
    access=Access.COMPANY_MANAGER,
    summary="Modèle de fichier pour affilier plusieurs salariés",
    response=SheetView,
    items=("H62", "H63", "H64", "H67"),
)
def affiliation_template(caller: Caller, company_id: str) -> SheetView:
    """The four columns, and a line for each contract that runs."""
    return SheetView(name="affiliations.csv", content=group_affiliation.template(company_id))


@blueprint.endpoint(
    "POST",
    "/employer/companies/{company_id}/affiliation-files",
    access=Access.COMPANY_MANAGER,
    summary="Vérifier un fichier d’affiliations",
    request=CheckAffiliationFile,
    response=AffiliationFileView,
    status=201,
    items=("H62", "H63", "H64", "H65", "H66", "H67", "H73", "H74", "H75", "H121"),
)
def check_affiliation_file(caller: Caller, company_id: str, body: CheckAffiliationFile) -> AffiliationFileView:
    """Each row gets its verdict; nobody is invited yet."""
    return AffiliationFileView.of(group_affiliation.check(company_id, name=body.name, content=body.decoded))


@blueprint.endpoint(
    "GET",
    "/employer/companies/{company_id}/affiliation-files/{file_id}",
    access=Access.COMPANY_MANAGER,
    summary="Suivre un fichier d’affiliations",
    response=AffiliationFileView,
    items=("H62", "H70", "H121"),
)
def read_affiliation_file(caller: Caller, company_id: str, file_id: str) -> AffiliationFileView:
    """A file is kept for thirty days."""
    return AffiliationFileView.of(group_affiliation.get(company_id, file_id))


@blueprint.endpoint(
    "POST",
    "/employer/companies/{company_id}/affiliation-files/{file_id}/application",
    access=Access.COMPANY_MANAGER,
    summary="Affilier les salariés d’un fichier",
    response=AffiliationFileView,
    status=202,
    refusals=("nothing_to_apply",),
    items=("H62", "H68", "H69", "H70", "H71", "H72", "H74"),
)
def apply_affiliation_file(caller: Caller, company_id: str, file_id: str) -> AffiliationFileView:
    """Each accepted row becomes an invitation, in the background and once, however often this is asked."""
    return AffiliationFileView.of(group_affiliation.apply(company_id, file_id))


@blueprint.endpoint(
    "GET",
    "/employer/companies/{company_id}/affiliation-files/{file_id}/corrections",
    access=Access.COMPANY_MANAGER,
    summary="Lignes refusées d’un fichier d’affiliations",
    response=SheetView,
    items=("H62", "H74"),
)
def affiliation_corrections(caller: Caller, company_id: str, file_id: str) -> SheetView:
    """The refused rows with their reasons, to mend and send again."""
    return SheetView(name="lignes-a-corriger.csv", content=group_affiliation.corrections(company_id, file_id))
