"""Requests that several spaces share."""

from typing import Annotated, Literal

from pydantic import Field

from chalicelib.api.schemas import Body
from chalicelib.domain.required_documents import DocumentKind
from chalicelib.identifiers.fields import PostcodeStr
from chalicelib.validation import Schema

Text = Annotated[str, Field(min_length=1, max_length=120)]
Token = Annotated[str, Field(min_length=1, max_length=200)]


class AddressForm(Schema):
    """A French postal address."""

    line1: Annotated[Text, Field(examples=["12 rue des Lilas"])]
    line2: Annotated[str, Field(max_length=120)] = ""
    postcode: PostcodeStr
    city: Annotated[Text, Field(examples=["Nantes"])]


class AnnounceUpload(Body):
    """The announcement of one file."""

    EXAMPLE = {
        "kind": "facture_acquittee",
        "about": "9d2b7c40e1f64c8e8a35b60d7f21c5e9",
        "name": "facture.pdf",
        "content_type": "application/pdf",
    }

    kind: DocumentKind
    about: Annotated[str, Field(min_length=1, max_length=64, description="Le bénéficiaire que le document concerne")]
    name: Annotated[str, Field(min_length=1, max_length=150, examples=["facture.pdf"])]
    content_type: Literal["application/pdf", "image/jpeg", "image/png"]
