"""Requests that several spaces share."""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from chalicelib.api.schemas import Body
from chalicelib.domain.company import Accountant
from chalicelib.domain.member import Relationship
from chalicelib.domain.required_documents import DocumentKind
from chalicelib.identifiers.fields import EmailStrFr, NirStr, PhoneFrStr, PostcodeStr
from chalicelib.services.affiliation import Dependant
from chalicelib.validation import Schema

Text = Annotated[str, Field(min_length=1, max_length=120)]
Identifier = Annotated[str, Field(min_length=1, max_length=64)]
Why = Annotated[str, Field(min_length=3, max_length=500)]
Token = Annotated[str, Field(min_length=1, max_length=200)]
Password = Annotated[str, Field(min_length=1, max_length=512)]
PersonName = Annotated[str, Field(min_length=1, max_length=80)]


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


class ChangeEmail(Body):
    """The new address, and the present password; a link sent there confirms it."""

    EXAMPLE = {"email": "lea.martin@exemple.fr", "password": "trois genêts sous la pluie"}

    email: EmailStrFr
    password: Password


class AccountantForm(Schema):
    """Who keeps the accounts of a company or of a member."""

    name: Text
    firm: Annotated[str, Field(max_length=120)] = ""
    email: EmailStrFr
    phone: PhoneFrStr


class NameAccountant(Body):
    """The accountant, or nobody (A8)."""

    EXAMPLE = {
        "accountant": {
            "name": "Hélène Cadiou",
            "firm": "Cadiou & associés",
            "email": "h.cadiou@cadiou.example",
            "phone": "+33240987654",
        }
    }

    accountant: AccountantForm | None

    @property
    def named(self) -> Accountant | None:
        """The accountant for the services."""
        return Accountant(**self.accountant.model_dump()) if self.accountant else None


class AddBeneficiary(Body):
    """The person to cover, and the event that makes them a dependant: birth, marriage, start of life together (M52)."""

    EXAMPLE = {
        "relationship": "enfant",
        "first_name": "Zoé",
        "last_name": "Martin",
        "birth_date": "2026-03-01",
        "event_on": "2026-03-01",
    }

    relationship: Relationship
    first_name: PersonName
    last_name: PersonName
    birth_date: date
    nir: NirStr | None = None
    event_on: date
    teletransmission: bool = False

    @property
    def person(self) -> Dependant:
        """The person for the services."""
        return Dependant(
            relationship=self.relationship,
            first_name=self.first_name,
            last_name=self.last_name,
            birth_date=self.birth_date,
            nir=self.nir,
        )
