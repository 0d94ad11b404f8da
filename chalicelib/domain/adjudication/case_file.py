"""Reading worked cases and stored lines of care: JSON in, frozen inputs out, each fault named by its place."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from chalicelib.domain import acts
from chalicelib.domain.adjudication.care import (
    LOCATION,
    Beneficiary,
    Care,
    Component,
    Derogation,
    Exemption,
    ItemClass,
    OpticalCategory,
    Part,
    Regime,
    Territory,
    Withheld,
)
from chalicelib.domain.adjudication.limits import Used
from chalicelib.domain.errors import FieldError, FieldErrors
from chalicelib.domain.guarantee import Guarantee, read_guarantee
from chalicelib.domain.lens import Correction, Design, LensPower, Prescription
from chalicelib.domain.record import Record

_DIOPTRES = re.compile(r"[+-]?\d{1,2}(\.\d{1,2})?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One worked case: a line of care, the guarantee it is settled by, and what the counters already hold.

    ``used`` is the clause's own counter, ``used_by_limit`` those of the guarantee's limits in their order.
    """

    id: str
    care: Care
    guarantee: Guarantee
    used: Used
    used_by_limit: tuple[Used, ...] = ()


def read_cases(text: str) -> tuple[Case, ...]:
    """The cases of a JSON list.

    Errors: ``FieldErrors`` naming each fault's place, such as ``cases[4].care.expense_cents``.

    >>> read_cases("[]")
    ()
    """
    try:
        document = json.loads(text, parse_float=Decimal)
    except (ValueError, RecursionError) as fault:
        raise FieldErrors.on("cases", f"Ce fichier n’est pas du JSON lisible\u00a0: {fault}.") from None
    if not isinstance(document, list):
        raise FieldErrors.on("cases", "Une liste de cas est attendue.")
    faults: list[FieldError] = []
    cases = tuple(_case(Record(entry, place=f"cases[{index}]", faults=faults)) for index, entry in enumerate(document))
    if faults:
        raise FieldErrors(*faults)
    return cases


def care_from_data(data: Mapping[str, object], *, place: str = "care") -> Care:
    """The line of care of a JSON object, as ``care_to_data`` writes it and the case format describes it.

    Errors: ``FieldErrors`` naming each fault's place.

    >>> care_from_data({"date": "2026-01-05", "act": "G", "expense_cents": 3000}).family
    'consultation'
    """
    record = Record(data, place=place)
    care = read_care(record)
    record.check()
    return care


def read_care(record: Record) -> Care:
    """The line of care of a JSON object; faults are noted in the record, which the caller checks."""
    act = record.text("act", longest=40)
    known = acts.find(act)
    return Care(
        on=record.day("date"),
        act=act,
        family=known.family if known else record.text("family", longest=60),
        expense_cents=record.whole("expense_cents"),
        quantity=max(1, record.whole("quantity", default=1, least=1, most=10_000)),
        base_cents=record.whole_or_none("base_cents"),
        rate_percent=record.percent_or_none("statutory_rate_percent", most=100),
        rate_in_pathway_percent=record.percent_or_none("statutory_rate_in_pathway_percent", most=100),
        statutory_paid_cents=record.whole_or_none("statutory_paid_cents"),
        withheld=_withheld(record.record("withheld_cents")) if record.has("withheld_cents") else None,
        heavy_act_cents=record.whole_or_none("heavy_act_cents"),
        price_limit_cents=record.whole_or_none("price_limit_cents"),
        in_pathway=record.flag("in_pathway", default=True),
        overrun_covered=record.flag("overrun_covered", default=True),
        optam=record.flag_or_none("optam"),
        components=tuple(_component(entry) for entry in record.records("components")),
        optical_category=record.choice_or_none("optical_category", OpticalCategory),
        last_purchase_on=record.day_or_none("last_purchase_on"),
        renewal_waived=record.flag("renewal_waived", default=False),
        beneficiary=_beneficiary(record.record("beneficiary")),
        already_withheld=_withheld(record.record("already_withheld_cents")),
        other_payers_cents=record.whole("other_payers_cents", default=0),
        professional=_text_or_none(record, "professional"),
        stay=_text_or_none(record, "stay"),
        prescription=_text_or_none(record, "prescription"),
        location=_location(record),
        derogation=record.choice_or_none("derogation", Derogation),
        emergency=record.flag("emergency", default=False),
        in_hospital=record.flag("in_hospital", default=False),
        stay_day=record.whole_or_none("stay_day", least=1, most=10_000) or None,
        daily_charge_days=record.whole_or_none("daily_charge_days", most=10_000),
        territory=record.choice("territory", Territory, default=Territory.METROPOLE),
        already_covered_units=record.whole("already_covered_units", default=0, most=10_000),
    )


def care_to_data(care: Care) -> dict[str, object]:
    """The JSON object that ``care_from_data`` reads back as an equal line of care.

    >>> from datetime import date
    >>> care = Care(on=date(2026, 1, 5), act="G", family="consultation", expense_cents=3000)
    >>> care_from_data(care_to_data(care)) == care
    True
    """
    data: dict[str, object | None] = {
        "date": care.on.isoformat(),
        "family": care.family,
        "act": care.act,
        "quantity": care.quantity,
        "expense_cents": care.expense_cents,
        "base_cents": care.base_cents,
        "statutory_rate_percent": _text(care.rate_percent),
        "statutory_rate_in_pathway_percent": _text(care.rate_in_pathway_percent),
        "statutory_paid_cents": care.statutory_paid_cents,
        "withheld_cents": _withheld_to_data(care.withheld) if care.withheld else None,
        "heavy_act_cents": care.heavy_act_cents,
        "price_limit_cents": care.price_limit_cents,
        "in_pathway": care.in_pathway,
        "overrun_covered": care.overrun_covered,
        "optam": care.optam,
        "components": [_component_to_data(component) for component in care.components] or None,
        "optical_category": _text(care.optical_category),
        "last_purchase_on": _text(care.last_purchase_on),
        "renewal_waived": care.renewal_waived,
        "beneficiary": _beneficiary_to_data(care.beneficiary),
        "already_withheld_cents": _withheld_to_data(care.already_withheld),
        "other_payers_cents": care.other_payers_cents,
        "professional": care.professional,
        "stay": care.stay,
        "prescription": care.prescription,
        "location": care.location,
        "derogation": _text(care.derogation),
        "emergency": care.emergency or None,
        "in_hospital": care.in_hospital or None,
        "stay_day": care.stay_day,
        "daily_charge_days": care.daily_charge_days,
        "territory": None if care.territory is Territory.METROPOLE else str(care.territory),
        "already_covered_units": care.already_covered_units or None,
    }
    return {name: value for name, value in data.items() if value is not None}


def _case(record: Record) -> Case:
    return Case(
        id=record.text("id", longest=60),
        care=read_care(_required(record, "care")),
        guarantee=read_guarantee(_required(record, "guarantee")),
        used=_used(record.record("used")),
        used_by_limit=tuple(_used(entry) for entry in record.records("used_by_limit")),
    )


def _used(record: Record) -> Used:
    return Used(
        amount_cents=record.whole("amount_cents", default=0), count=record.whole("count", default=0, most=10_000)
    )


def _required(record: Record, name: str) -> Record:
    if not record.has(name):
        record.missing(name)
    return record.record(name)


def _text_or_none(record: Record, name: str) -> str | None:
    return record.text(name, longest=80) if record.has(name) else None


def _location(record: Record) -> str | None:
    """The ear, eye or tooth, which a line can only name when it counts one unit."""
    location = _text_or_none(record, "location")
    if location is None:
        return None
    if not LOCATION.fullmatch(location):
        record.fault("location", "Indiquez left, right ou le numéro de la dent (11 à 48, 51 à 85).")
        return None
    if record.whole("quantity", default=1, most=10_000) > 1:
        record.fault("quantity", "Une ligne qui nomme une dent, un œil ou une oreille n’en compte qu’un.")
        return None
    return location


def _withheld(record: Record) -> Withheld:
    return Withheld(
        participation_forfaitaire=record.whole("participation_forfaitaire", default=0),
        franchise=record.whole("franchise", default=0),
    )


def _component(record: Record) -> Component:
    return Component(
        part=record.choice("part", Part),
        item_class=record.choice("class", ItemClass),
        expense_cents=record.whole("expense_cents"),
        base_cents=record.whole_or_none("base_cents"),
        price_limit_cents=record.whole_or_none("price_limit_cents"),
        correction=record.choice_or_none("correction", Correction),
        power=record.choice_or_none("power", LensPower),
        prescription=_prescription(record.record("prescription")) if record.has("prescription") else None,
    )


def _prescription(record: Record) -> Prescription | None:
    powers = {name: _dioptres(record, name) for name in ("sphere", "cylinder", "addition")}
    design = record.choice("design", Design)
    if not record.has("sphere"):
        record.missing("sphere")
    try:
        return Prescription(design=design, **powers)
    except FieldErrors as wrong:
        for fault in wrong.faults:
            record.fault(fault.field.rsplit(".", 1)[-1], fault.message)
        return None


def _dioptres(record: Record, name: str) -> Decimal:
    """A power written as a text, such as "-2.25"; none is 0."""
    if not record.has(name):
        return Decimal(0)
    written = record.text(name, longest=8)
    if _DIOPTRES.fullmatch(written):
        return Decimal(written)
    record.fault(name, "Une puissance en dioptries est attendue, écrite comme « -2.25 ».")
    return Decimal(0)


def _beneficiary(record: Record) -> Beneficiary:
    return Beneficiary(
        age=record.whole_or_none("age", most=130),
        exemption=record.choice_or_none("exemption", Exemption),
        regime=record.choice("regime", Regime, default=Regime.GENERAL),
        blind=record.flag("blind", default=False),
    )


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _withheld_to_data(withheld: Withheld) -> dict[str, object]:
    return {"participation_forfaitaire": withheld.participation_forfaitaire, "franchise": withheld.franchise}


def _component_to_data(component: Component) -> dict[str, object]:
    data: dict[str, object | None] = {
        "part": str(component.part),
        "class": str(component.item_class),
        "expense_cents": component.expense_cents,
        "base_cents": component.base_cents,
        "price_limit_cents": component.price_limit_cents,
        "correction": _text(component.correction),
        "power": _text(component.power),
        "prescription": _prescription_to_data(component.prescription) if component.prescription else None,
    }
    return {name: value for name, value in data.items() if value is not None}


def _prescription_to_data(prescription: Prescription) -> dict[str, object]:
    return {
        "sphere": str(prescription.sphere),
        "cylinder": str(prescription.cylinder),
        "addition": str(prescription.addition),
        "design": str(prescription.design),
    }


def _beneficiary_to_data(beneficiary: Beneficiary) -> dict[str, object]:
    data: dict[str, object | None] = {
        "age": beneficiary.age,
        "exemption": _text(beneficiary.exemption),
        "regime": str(beneficiary.regime),
        "blind": beneficiary.blind or None,
    }
    return {name: value for name, value in data.items() if value is not None}
