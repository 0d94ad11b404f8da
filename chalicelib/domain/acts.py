"""The catalogue of acts: what each is called, its claim form, and the dated rows of law that bear on it."""

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


class Withholding(StrEnum):
    """What the statutory scheme keeps back on an act. Source: CSS L160-13 II and III."""

    NONE = "none"
    PARTICIPATION = "participation_forfaitaire"
    BOX = "franchise_box"
    PARAMEDICAL = "franchise_paramedical"
    TRANSPORT = "franchise_transport"


@dataclass(frozen=True, slots=True)
class AgedKey:
    """The key of a legal number, which may be another one below an age (itself a legal number)."""

    adult: str
    child: str | None = None
    under_age: str | None = None


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
    ticket modérateur (CSS R871-2 1°). The other fields are keys of dated rows of law.
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
    covered_under_age: str | None
    direct_access_until_age: str | None


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
        doctor=family.doctor,
        heavy=entry.get("heavy", False),
        basket=entry.get("basket"),
        rate=entry.get("rate", family.rate),
        withholding=Withholding(entry.get("withholding", family.withholding)),
        tariff=_aged(entry.get("tariff")),
        non_optam_tariff=entry.get("non_optam_tariff"),
        price_limit=_aged(entry.get("price_limit")),
        cap=entry.get("cap"),
        renewal=_aged(entry.get("renewal")),
        covered_under_age=entry.get("covered_under_age"),
        direct_access_until_age=entry.get("direct_access_until_age"),
    )


def _aged(entry: Mapping[str, str] | None) -> AgedKey | None:
    return AgedKey(**entry) if entry else None
