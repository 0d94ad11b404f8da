"""The member takes all that is known of them away, in one archive (art. 15 and 20 RGPD; M115)."""

from typing import Annotated

from pydantic import Field

from chalicelib.api.routing import ApiBlueprint
from chalicelib.api.schemas import Body, View
from chalicelib.api.session import Access, Caller
from chalicelib.api.views import Link
from chalicelib.domain.journal import DataGroup
from chalicelib.services import personal_export

blueprint = ApiBlueprint(__name__, tag="Espace personnel")


class Confirmed(Body):
    """The password, given again: the archive holds everything."""

    EXAMPLE = {"password": "une phrase de passe assez longue"}

    password: Annotated[str, Field(min_length=1, max_length=200)]


class PersonalExportView(View):
    """An archive that was asked for."""

    export_id: str


@blueprint.endpoint(
    "POST",
    "/member/personal-data",
    access=Access.MEMBER,
    summary="Demander l’archive de mes données",
    request=Confirmed,
    response=PersonalExportView,
    status=202,
    refusals=("too_many_attempts",),
    items=("M115",),
)
def ask_personal_data(caller: Caller, body: Confirmed, source_ip: str) -> PersonalExportView:
    """A mail tells when it is ready."""
    export_id = personal_export.ask(caller.account, password=body.password, source_ip=source_ip)
    return PersonalExportView(export_id=export_id)


@blueprint.endpoint(
    "POST",
    "/member/personal-data/{export_id}/download",
    access=Access.MEMBER,
    summary="Télécharger l’archive de mes données",
    request=Confirmed,
    response=Link,
    refusals=("document_not_ready", "too_many_attempts"),
    items=("M115",),
    journal=(DataGroup.EVERYTHING,),
)
def download_personal_data(caller: Caller, export_id: str, body: Confirmed, source_ip: str) -> Link:
    """For a week; the link works for a few minutes."""
    url = personal_export.link(caller.account, export_id, password=body.password, source_ip=source_ip)
    return Link(url=url)
