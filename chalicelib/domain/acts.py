"""The catalogue of acts: what each is called, its claim form, and the dated rows of law that bear on it."""

import hashlib
import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any


class Form(StrEnum):
    """The three claim forms of the member's space (M60)."""

    OPTICAL = "optical"
    DENTAL = "dental"
    OTHER = "other"


class Site(StrEnum):
    """The place of the body that a unit bears on; the care line states which."""

    EAR = "ear"
    EYE = "eye"
    TOOTH = "tooth"


class Withholding(StrEnum):
    """What the statutory scheme keeps back on an act. Source: CSS L160-13 II and III."""

    NONE = "none"
    PARTICIPATION = "participation_forfaitaire"
    BOX = "franchise_box"
    PARAMEDICAL = "franchise_paramedical"
    TRANSPORT = "franchise_transport"


@dataclass(frozen=True, slots=True)
class AgedKey:
    """The key of a legal number, which may be another one below an age (itself a legal number), or below two ages.

    ``blind`` is whether a blind person counts as a child.
    """

    adult: str
    child: str | None = None
    under_age: str | None = None
    infant: str | None = None
    infant_under_age: str | None = None
    blind: bool = False


@dataclass(frozen=True, slots=True)
class EarlyRenewal:
    """The keys of the shorter delays between two pairs of glasses: a change of sight, a frame outgrown by a child."""

    sight_change: str
    frame_outgrown: str
    frame_outgrown_under_age: str


@dataclass(frozen=True, slots=True)
class Family:
    """What the acts of a family share; ``rate`` is the key of its statutory rate, where it has one."""

    code: str
    label: str
    form: Form
    covered: bool
    rate: str | None
    withholding: Withholding
    doctor: bool


@dataclass(frozen=True, slots=True)
class Act:
    """One act: ``unit`` is the French singular of its quantity, ``max_quantity`` the most that one line may hold.

    ``covered`` says whether the general statutory scheme covers it, ``floor`` whether a contrat responsable owes its
    ticket modérateur (CSS R871-2 1°), ``heavy`` whether the participation for heavy acts may replace it, ``stay``
    whether it is a hospital stay, ``site`` the place of the body that each unit bears on, ``alternative`` the act of
    the 100 % Santé basket that may be chosen instead. The other fields are keys of dated rows of law.
    """

    code: str
    label: str
    family: str
    form: Form
    unit: str
    covered: bool
    covered_by_local_scheme: bool
    prescription: bool
    max_quantity: int
    floor: bool
    doctor: bool
    heavy: bool
    basket: str | None
    rate: str | None
    withholding: Withholding
    tariff: AgedKey | None
    non_optam_tariff: str | None
    price_limit: AgedKey | None
    cap: str | None
    renewal: AgedKey | None
    early_renewal: EarlyRenewal | None
    covered_under_age: str | None
    covered_over_age: str | None
    covered_per_year: str | None
    direct_access: bool
    direct_access_until_age: str | None
    stay: bool
    daily_charge: str | None
    charge: str | None
    reduced_charge: str | None
    site: Site | None
    alternative: str | None


@cache
def _document() -> dict[str, dict[str, dict[str, Any]]]:
    return tomllib.loads(files("chalicelib.domain").joinpath("acts.toml").read_text(encoding="utf-8"))


@cache
def families() -> Mapping[str, Family]:
    """Every family by code, in the order of the catalogue.

    >>> families()["medecine_douce"].covered
    False
    """
    return MappingProxyType({code: _family(code, entry) for code, entry in _document()["families"].items()})


@cache
def catalogue() -> Mapping[str, Act]:
    """Every act by code, in the order of the catalogue.

    >>> catalogue()["CP"].unit
    'nuit'
    """
    return MappingProxyType({code: _act(code, entry) for code, entry in _document()["acts"].items()})


def find(code: str) -> Act | None:
    """The act of that code, or nothing when the engine does not know it.

    >>> find("HBLD634").form, find("XYZ")
    (<Form.DENTAL: 'dental'>, None)
    """
    return catalogue().get(code)


def fingerprint(code: str, *, family: str) -> str:
    """A digest of what the catalogue says of an act and its family, labels apart; an act unknown here has its family's.

    A decision records it: the same digest settles the same way. Source: the insurer's duty to justify what it paid.

    >>> fingerprint("G", family="consultation") == fingerprint("CS", family="consultation")
    False
    """
    entry = _document()["acts"].get(code, {})
    rows = [entry, _document()["families"].get(entry.get("family", family), {})]
    said = [{name: value for name, value in row.items() if name != "label"} for row in rows]
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def of_form(form: Form) -> tuple[Act, ...]:
    """The acts that a claim form offers, in the order of the catalogue.

    >>> [act.code for act in of_form(Form.OPTICAL)]
    ['OPT-A', 'OPT-B', 'LEN']
    """
    return tuple(act for act in catalogue().values() if act.form is form)


def _family(code: str, entry: Mapping[str, Any]) -> Family:
    return Family(
        code=code,
        label=entry["label"],
        form=Form(entry["form"]),
        covered=entry["covered"],
        rate=entry.get("rate"),
        withholding=Withholding(entry.get("withholding", "none")),
        doctor=entry.get("doctor", False),
    )


def _act(code: str, entry: Mapping[str, Any]) -> Act:
    family = families()[entry["family"]]
    covered = entry.get("covered", family.covered)
    return Act(
        code=code,
        label=entry["label"],
        family=family.code,
        form=Form(entry.get("form", family.form)),
        unit=entry["unit"],
        covered=covered,
        covered_by_local_scheme=entry.get("covered_by_local_scheme", covered),
        prescription=entry.get("prescription", False),
        max_quantity=entry["max_quantity"],
        floor=covered and entry.get("floor", True),
        doctor=entry.get("doctor", family.doctor),
        heavy=entry.get("heavy", False),
        basket=entry.get("basket"),
        rate=entry.get("rate", family.rate),
        withholding=Withholding(entry.get("withholding", family.withholding)),
        tariff=_aged(entry.get("tariff")),
        non_optam_tariff=entry.get("non_optam_tariff"),
        price_limit=_aged(entry.get("price_limit")),
        cap=entry.get("cap"),
        renewal=_aged(entry.get("renewal")),
        early_renewal=EarlyRenewal(**entry["early_renewal"]) if "early_renewal" in entry else None,
        covered_under_age=entry.get("covered_under_age"),
        covered_over_age=entry.get("covered_over_age"),
        covered_per_year=entry.get("covered_per_year"),
        direct_access=entry.get("direct_access", False),
        direct_access_until_age=entry.get("direct_access_until_age"),
        stay=entry.get("stay", False),
        daily_charge=entry.get("daily_charge"),
        charge=entry.get("charge"),
        reduced_charge=entry.get("reduced_charge"),
        site=Site(entry["site"]) if "site" in entry else None,
        alternative=entry.get("alternative"),
    )


def _aged(entry: Mapping[str, Any] | None) -> AgedKey | None:
    return AgedKey(**entry) if entry else None
