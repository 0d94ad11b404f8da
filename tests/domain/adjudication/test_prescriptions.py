"""What a prescription makes of glasses: the category, the class A price limits, and what contradicts it."""

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from chalicelib.domain.adjudication.__main__ import main
from chalicelib.domain.adjudication.care import Beneficiary, Care, Component, ItemClass, OpticalCategory, Part
from chalicelib.domain.adjudication.case_file import care_from_data, care_to_data
from chalicelib.domain.adjudication.complementary import Terms
from chalicelib.domain.adjudication.components import category_of
from chalicelib.domain.adjudication.explanation import Doubt, Trace
from chalicelib.domain.adjudication.settlement import settle
from chalicelib.domain.errors import FieldErrors
from chalicelib.domain.guarantee import FullBasket
from chalicelib.domain.law import parameter
from chalicelib.domain.lens import Correction, Design, LensPower, Prescription, power_of

ON = date(2026, 3, 2)
MYOPIA = Prescription(sphere=Decimal("-3.00"), design=Design.SINGLE)


def _glasses(lens: Prescription, item_class: ItemClass = ItemClass.B) -> Care:
    parts = (Part.LEFT_LENS, Part.RIGHT_LENS)
    lenses = [Component(part=part, item_class=item_class, expense_cents=3750, prescription=lens) for part in parts]
    frame = Component(part=Part.FRAME, item_class=item_class, expense_cents=3000)
    act = "OPT-A" if item_class is ItemClass.A else "OPT-B"
    return Care(
        on=ON,
        act=act,
        family="optique",
        expense_cents=10500,
        components=(frame, *lenses),
        beneficiary=Beneficiary(age=40),
    )


def _with_lenses(care: Care, **changes: Any) -> Care:
    frame, *lenses = care.components
    return replace(care, components=(frame, *(replace(lens, **changes) for lens in lenses)))


@pytest.mark.parametrize(
    "care",
    [
        _with_lenses(_glasses(MYOPIA), correction=Correction.COMPLEX),
        replace(_glasses(MYOPIA), optical_category=OpticalCategory.C),
    ],
    ids=["correction", "category"],
)
def test_what_contradicts_the_prescription_is_not_settled(care: Care) -> None:
    """CSS R871-2 3°: the grid decides; the sentence says what to correct."""
    result = settle(care, Terms(guarantee=FullBasket()))
    assert result.doubts == (Doubt.PRESCRIPTION_CONTRADICTED,)
    assert not result.decided
    assert "corrigez" in Doubt.PRESCRIPTION_CONTRADICTED.sentence
    assert dict(result.steps[-1].inputs)["missing"].endswith((", simple", ", a"))


def test_what_agrees_with_the_prescription_changes_nothing() -> None:
    care = _glasses(MYOPIA)
    stated = _with_lenses(replace(care, optical_category=OpticalCategory.A), correction=Correction.SIMPLE)
    assert category_of(stated, Trace(ON)) is category_of(care, Trace(ON)) is OpticalCategory.A


def test_a_stated_category_alone_is_kept() -> None:
    frame, *_ = _glasses(MYOPIA).components
    care = replace(_glasses(MYOPIA), components=(frame,), expense_cents=3000, optical_category=OpticalCategory.D)
    assert category_of(care, Trace(ON)) is OpticalCategory.D


@pytest.mark.parametrize(
    ("sphere", "cylinder", "design", "power"),
    [
        ("-2.25", "0", Design.SINGLE, LensPower.MYOPIA_2_TO_4),
        ("-4.00", "0", Design.SINGLE, LensPower.MYOPIA_2_TO_4),
        ("-2.00", "0", Design.SINGLE, None),
        ("-4.25", "0", Design.SINGLE, None),
        ("-3.00", "0.25", Design.SINGLE, None),
        ("-3.00", "0", Design.MULTIFOCAL, None),
        ("3.00", "0", Design.SINGLE, None),
    ],
)
def test_the_class_a_price_of_a_lens_is_known_for_one_myopia(
    sphere: str, cylinder: str, design: Design, power: LensPower | None
) -> None:
    """Dossier 2.3: 37.50 from -2.25 to -4.00; the price list of the LPP gives the others."""
    lens = Prescription(sphere=Decimal(sphere), cylinder=Decimal(cylinder), design=design)
    assert power_of(lens, lambda key: parameter(key, on=ON).value) is power


def test_a_class_a_lens_without_a_known_price_names_the_figure_that_is_missing() -> None:
    strong = Prescription(sphere=Decimal("-5.00"), cylinder=Decimal("1.25"), design=Design.SINGLE)
    result = settle(_glasses(strong, ItemClass.A), Terms(guarantee=FullBasket()))
    assert result.doubts == (Doubt.NO_LEGAL_VALUE,)
    assert dict(result.steps[-1].inputs)["missing"] == "optic.plv.lens[single -5.00 +1.25]"
    stated = _with_lenses(_glasses(strong, ItemClass.A), base_cents=1000, price_limit_cents=3750)
    assert settle(stated, Terms(guarantee=FullBasket())).left_to_pay_cents == 0


def test_a_prescription_is_stored_and_read_back() -> None:
    care = _glasses(Prescription(sphere=Decimal("1.50"), addition=Decimal("2.25"), design=Design.MULTIFOCAL))
    assert care_from_data(care_to_data(care)) == care


@pytest.mark.parametrize(
    ("powers", "field"),
    [
        ({"sphere": Decimal("1.10")}, "prescription.sphere"),
        ({"sphere": Decimal("NaN")}, "prescription.sphere"),
        ({"sphere": Decimal(41)}, "prescription.sphere"),
        ({"sphere": Decimal(1), "cylinder": Decimal("0.30")}, "prescription.cylinder"),
        ({"sphere": Decimal(1), "addition": Decimal(-1)}, "prescription.addition"),
        ({"sphere": Decimal(1), "addition": Decimal(2)}, "prescription.addition"),
        ({"sphere": 1.5}, "prescription.sphere"),
    ],
)
def test_a_power_that_does_not_exist_is_refused(powers: dict[str, Any], field: str) -> None:
    with pytest.raises(FieldErrors) as refused:
        Prescription(design=Design.SINGLE, **powers)
    assert [fault.field for fault in refused.value.faults] == [field]


def test_a_frame_is_not_prescribed() -> None:
    with pytest.raises(FieldErrors, match=r"components\.frame\.prescription"):
        Component(part=Part.FRAME, item_class=ItemClass.A, expense_cents=3000, prescription=MYOPIA)


@pytest.mark.parametrize(
    ("prescription", "place"),
    [
        ({"design": "single"}, "prescription.sphere"),
        ({"sphere": "-1.00"}, "prescription.design"),
        ({"sphere": -1.5, "design": "single"}, "prescription.sphere"),
        ({"sphere": "-1,50", "design": "single"}, "prescription.sphere"),
        ({"sphere": "-1.00", "cylinder": "0.10", "design": "single"}, "prescription.cylinder"),
        ({"sphere": "-1.00", "addition": "1.00", "design": "single"}, "prescription.addition"),
    ],
)
def test_the_command_names_the_place_of_a_wrong_power(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], prescription: dict[str, object], place: str
) -> None:
    lens = {"part": "left_lens", "class": "B", "expense_cents": 100, "prescription": prescription}
    care = {"date": "2026-03-02", "act": "OPT-B", "expense_cents": 100, "components": [lens]}
    file = tmp_path / "cases.json"
    file.write_text(json.dumps([{"id": "one", "care": care, "guarantee": {"kind": "none"}}]), encoding="utf-8")
    assert main([str(file)]) == 2
    assert f"cases[0].care.components[0].{place}" in capsys.readouterr().err
