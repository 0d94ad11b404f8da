"""The standard « exemples de remboursement »: what a guarantee table pays on the acts that every insurer must show."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

from chalicelib.domain import acts
from chalicelib.domain.adjudication.care import Beneficiary, Care, OpticalCategory
from chalicelib.domain.adjudication.claim import settle_claim
from chalicelib.domain.adjudication.explanation import Doubt
from chalicelib.domain.adjudication.settlement import Settlement
from chalicelib.domain.errors import NoParameterFor
from chalicelib.domain.guarantee import GuaranteeTable
from chalicelib.domain.guarantee_wording import wording
from chalicelib.domain.law import parameter
from chalicelib.domain.money import Cents


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One line of the table. Units: cents.

    The amounts are ``None`` where the price depends on the place, and where the line cannot be settled: ``unknown`` is
    then what is missing, such as the key of a legal number. ``note`` says what can be said: the guarantee as worded, or
    why the line has no amounts.
    """

    id: str
    section: str
    label: str
    act: str
    price_cents: Cents | None
    statutory_cents: Cents | None
    complementary_cents: Cents | None
    left_cents: Cents | None
    note: str
    unknown: str | None
    source: str
    confidence: str


@cache
def _entries() -> tuple[Mapping[str, Any], ...]:
    text = files("chalicelib.domain").joinpath("examples.toml").read_text(encoding="utf-8")
    return tuple(tomllib.loads(text)["example"])


def table_of(guarantee_table: GuaranteeTable, *, on: date) -> tuple[Example, ...]:
    """The examples that a table gives on a day of care, in the order of the standard table.

    Each line is settled alone, for an adult in the pathway unless it says otherwise, with every counter at zero and
    no waiting period left. A line whose price or amounts the law of that day does not give says so, alone.
    Source: loi n° 2019-733; engagement de lisibilité of the federations; dossier 3.6.

    >>> bare = GuaranteeTable(code="T", version=1, valid_from=date(2026, 1, 1), responsible=False, clauses=())
    >>> gp = next(one for one in table_of(bare, on=date(2026, 1, 5)) if one.id == "generaliste")
    >>> gp.price_cents, gp.statutory_cents, gp.complementary_cents, gp.left_cents
    (3000, 1900, 0, 1100)
    >>> next(one for one in table_of(bare, on=date(2010, 1, 5)) if one.id == "generaliste").unknown
    'ro.br.G'
    """
    return tuple(_example(entry, guarantee_table, on) for entry in _entries())


def _example(entry: Mapping[str, Any], table: GuaranteeTable, on: date) -> Example:
    try:
        price = _price_cents(entry, on)
    except NoParameterFor as gap:
        return _described(entry, None, None, table, unknown=gap.key)
    result = None if price is None else _settled(entry, price, table, on)
    unknown = dict(result.steps[-1].inputs)["missing"] if result and not result.decided else None
    return _described(entry, price, result, table, unknown=unknown)


def _described(
    entry: Mapping[str, Any],
    price: Cents | None,
    result: Settlement | None,
    table: GuaranteeTable,
    *,
    unknown: str | None,
) -> Example:
    decided = result if result is not None and result.decided else None
    return Example(
        id=entry["id"],
        section=entry["section"],
        label=entry["label"],
        act=entry["act"],
        price_cents=price,
        statutory_cents=decided.statutory_paid_cents if decided else None,
        complementary_cents=decided.complementary_cents if decided else None,
        left_cents=decided.left_to_pay_cents if decided else None,
        note=_note(entry["act"], result, table, unknown=unknown),
        unknown=unknown,
        source=entry["source"],
        confidence=entry["confidence"],
    )


def _price_cents(entry: Mapping[str, Any], on: date) -> Cents | None:
    if "price_key" in entry:
        return parameter(entry["price_key"], on=on).cents
    price: Cents | None = entry.get("price_cents")
    return price


def _settled(entry: Mapping[str, Any], price: Cents, table: GuaranteeTable, on: date) -> Settlement:
    act = acts.catalogue()[entry["act"]]
    care = Care(
        on=on,
        act=act.code,
        family=act.family,
        expense_cents=price,
        base_cents=entry.get("base_cents"),
        price_limit_cents=entry.get("price_limit_cents"),
        optam=entry.get("optam"),
        optical_category=OpticalCategory(entry["category"]) if "category" in entry else None,
        beneficiary=Beneficiary(age=entry.get("age")),
    )
    [result] = settle_claim([care], table=table, contract_start=on, covered_from=date.min, counters={}).lines
    return result


def _note(act: str, result: Settlement | None, table: GuaranteeTable, *, unknown: str | None) -> str:
    if unknown:
        doubts = result.doubts if result else (Doubt.NO_LEGAL_VALUE,)
        return next(doubt.sentence for doubt in doubts if doubt.blocks)
    clause = table.clause_for(act)
    return wording(clause.guarantee) if clause else "Cet acte ne figure pas dans le tableau de garanties."
