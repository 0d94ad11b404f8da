"""The identifiers as fields of request models: a wrong one is reported by pydantic with the sentence for the person."""

from collections.abc import Callable
from typing import Annotated

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from .bank import parse_iban
from .company import parse_siren, parse_siret
from .contact import parse_email, parse_mobile_fr, parse_phone_fr
from .health import parse_finess, parse_professional
from .member import parse_numero_adherent
from .nir import parse_nir, parse_nir_last8
from .place import parse_french_postcode
from .reading import InvalidIdentifier


def _validator(parse: Callable[[str], str]) -> AfterValidator:
    """Report the sentence alone: pydantic puts English words before that of a plain ValueError."""

    def read(text: str) -> str:
        try:
            return parse(text)
        except InvalidIdentifier as fault:
            raise PydanticCustomError("invalid_identifier", "{sentence}", {"sentence": fault.sentence}) from fault

    return AfterValidator(read)


NirStr = Annotated[
    str, _validator(parse_nir), Field(description="NIR with its key", examples=["1 85 05 78 006 084 91"])
]
NirLast8Str = Annotated[
    str, _validator(parse_nir_last8), Field(description="last 8 digits of the NIR, no key", examples=["78006084"])
]
SirenStr = Annotated[str, _validator(parse_siren), Field(description="SIREN", examples=["732829320"])]
SiretStr = Annotated[str, _validator(parse_siret), Field(description="SIRET", examples=["73282932000074"])]
IbanStr = Annotated[
    str, _validator(parse_iban), Field(description="IBAN of the SEPA area", examples=["FR1420041010050500013M02606"])
]
PostcodeStr = Annotated[
    str, _validator(parse_french_postcode), Field(description="French postcode", examples=["75011"])
]
NumeroAdherentStr = Annotated[
    str, _validator(parse_numero_adherent), Field(description="numéro adhérent, 7 or 14 digits", examples=["1234567"])
]
EmailStrFr = Annotated[
    str, _validator(parse_email), Field(description="e-mail address", examples=["camille.durand@exemple.fr"])
]
MobileFrStr = Annotated[
    str, _validator(parse_mobile_fr), Field(description="French mobile number", examples=["+33612345678"])
]
PhoneFrStr = Annotated[
    str, _validator(parse_phone_fr), Field(description="French telephone number", examples=["+33240123456"])
]
FinessStr = Annotated[str, _validator(parse_finess), Field(description="FINESS", examples=["2B0000020"])]
ProfessionalStr = Annotated[
    str,
    _validator(parse_professional),
    Field(description="RPPS, ADELI or FINESS of who gave the care", examples=["10000123454"]),
]
