"""What an exemption leaves to bear: the ticket modérateur, what is kept back, the pathway, hospital charges."""

import hashlib
import json
import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from types import MappingProxyType

from chalicelib.domain.adjudication.care import Beneficiary, Exemption


class Emergency(StrEnum):
    """How much of the emergency charge is due. Source: CSS L160-13."""

    FULL = "full"
    REDUCED = "reduced"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Borne:
    """What somebody bears: a field is true while that rule bears on the person."""

    label: str = ""
    ticket_moderateur: bool = True
    withholding: bool = True
    pathway: bool = True
    heavy_act: bool = True
    daily_charge: bool = True
    emergency: Emergency = Emergency.FULL
    source: str = ""
    confidence: str = ""


EVERYTHING = Borne()


@cache
def exemptions() -> Mapping[Exemption, Borne]:
    """Every exemption and what it leaves to bear, in the order of the enumeration.

    Source: ``exemptions.toml``, one article per exemption.

    >>> exemptions()[Exemption.MATERNITY].withholding
    False
    """
    text = files("chalicelib.domain.adjudication").joinpath("exemptions.toml").read_text(encoding="utf-8")
    document = tomllib.loads(text)
    return MappingProxyType(
        {one: Borne(**document[one] | {"emergency": Emergency(document[one]["emergency"])}) for one in Exemption}
    )


def fingerprint(exemption: Exemption) -> str:
    """A digest of what an exemption leaves to bear, label and source apart, which a decision records.

    Source: the insurer's duty to justify what it paid.

    >>> fingerprint(Exemption.ALD) == fingerprint(Exemption.C2S)
    False
    """
    facts = asdict(exemptions()[exemption])
    said = {name: facts[name] for name in facts if name not in ("label", "source", "confidence")}
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def borne_by(person: Beneficiary) -> Borne:
    """What somebody bears; without an exemption, everything.

    Source: CSS art. L160-13, L160-14, L174-4.

    >>> borne_by(Beneficiary(exemption=Exemption.ALD)).ticket_moderateur, borne_by(Beneficiary()).ticket_moderateur
    (False, True)
    """
    return EVERYTHING if person.exemption is None else exemptions()[person.exemption]
