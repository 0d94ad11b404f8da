"""A decision on a claim that can be redone byte for byte.

It holds its inputs, the table as it stood, and every row of law it used: a later correction of the parameter
files changes nothing to it. It holds a digest of what the catalogue of acts and the table of exemptions said: a later
change of one of them is found out. What corrects a decision is in ``reversal``.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from chalicelib.domain import acts
from chalicelib.domain.acts import Withholding
from chalicelib.domain.adjudication import exemptions
from chalicelib.domain.adjudication.bearing import bearing_on
from chalicelib.domain.adjudication.care import Care, Withheld
from chalicelib.domain.adjudication.case_file import care_from_data, care_to_data
from chalicelib.domain.adjudication.claim import settle_claim
from chalicelib.domain.adjudication.explanation import Law
from chalicelib.domain.adjudication.history import History, PastAct
from chalicelib.domain.adjudication.limits import Used
from chalicelib.domain.adjudication.neighbours import heavy_tariff_cents, past_act
from chalicelib.domain.adjudication.settlement import Settlement
from chalicelib.domain.errors import Conflict, NoParameterFor
from chalicelib.domain.guarantee import CounterKey, GuaranteeTable, Scope
from chalicelib.domain.law import Parameter, parameter
from chalicelib.domain.money import Cents
from chalicelib.domain.periods import Period
from chalicelib.domain.record import Record

Consumed = tuple[tuple[CounterKey, Used], ...]
Catalogue = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What was decided on a claim, with everything that decided it.

    ``history`` holds the acts that bear on its lines, and no other.
    """

    lines: tuple[Care, ...]
    table: GuaranteeTable
    contract_start: date
    covered_from: date | None
    counters: Consumed
    history: History
    law: tuple[Parameter, ...]
    settled: tuple[Settlement, ...]
    consumed: Consumed
    catalogue: Catalogue = ()

    @property
    def complementary_cents(self) -> Cents:
        """What the contract pays in all."""
        return sum(line.complementary_cents for line in self.settled)

    @property
    def acts(self) -> tuple[PastAct, ...]:
        """What the claim adds to the history that the next claim is settled on."""
        law = _as_written(self.law)
        return tuple(
            past_act(care, result, heavy_tariff_cents=heavy_tariff_cents(care, law))
            for care, result in zip(self.lines, self.settled, strict=True)
        )

    @property
    def fingerprint(self) -> str:
        """The name of the decision by its content, which a reversal cites."""
        return hashlib.sha256(self.to_bytes()).hexdigest()

    def to_bytes(self) -> bytes:
        """The decision as canonical JSON: equal decisions have equal bytes."""
        return json.dumps(self.to_data(), sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()

    @classmethod
    def from_bytes(cls, stored: bytes) -> "Decision":
        """The decision that ``to_bytes`` wrote. Errors: ``FieldErrors`` when it is not one."""
        return cls.from_data(json.loads(stored))

    def to_data(self) -> dict[str, object]:
        """The decision as plain JSON values."""
        data: dict[str, object] = {
            "lines": [care_to_data(care) for care in self.lines],
            "table": self.table.to_data(),
            "contract_start": self.contract_start.isoformat(),
            "covered_from": self.covered_from.isoformat() if self.covered_from else None,
            "counters": _counters_to_data(self.counters),
            "history": [_past_to_data(past) for past in self.history],
            "law": [_row_to_data(row) for row in self.law],
            "settled": [line.to_data() for line in self.settled],
            "consumed": _counters_to_data(self.consumed),
        }
        if self.catalogue:
            data["catalogue"] = [{"name": name, "digest": digest} for name, digest in self.catalogue]
        return data

    @classmethod
    def from_data(cls, data: Mapping[str, object]) -> "Decision":
        """The decision that ``to_data`` wrote. Errors: ``FieldErrors`` when it is not one."""
        record = Record(data, place="decision")
        contract_start, covered_from = record.day("contract_start"), record.day_or_none("covered_from")
        counters, consumed = _read_counters(record, "counters"), _read_counters(record, "consumed")
        history = History(tuple(_read_past(entry) for entry in record.records("history")))
        law = tuple(_read_row(entry) for entry in record.records("law"))
        parts = {name: record.raws(name) for name in ("lines", "settled")}
        table = record.raw("table")
        catalogue = tuple((entry.text("name"), entry.text("digest")) for entry in record.records("catalogue"))
        record.check()
        return cls(
            lines=tuple(care_from_data(line) for line in parts["lines"]),
            table=GuaranteeTable.from_data(table),
            contract_start=contract_start,
            covered_from=covered_from,
            counters=counters,
            history=history,
            law=law,
            settled=tuple(Settlement.from_data(line) for line in parts["settled"]),
            consumed=consumed,
            catalogue=catalogue,
        )


def decide(
    lines: Sequence[Care],
    *,
    table: GuaranteeTable,
    contract_start: date,
    covered_from: date | None = None,
    counters: Mapping[CounterKey, Used],
    history: Iterable[PastAct] = (),
    law: Law = parameter,
) -> Decision:
    """Settle the lines of a claim, and write down what is needed to settle them again, be the history ever so long.

    Source: dossier 3.3; arguments as those of ``settle_claim``.
    """
    used: dict[tuple[str, date | None], Parameter] = {}
    past = bearing_on(lines, table=table, history=History.of(history))

    def noted(key: str, *, on: date) -> Parameter:
        row = law(key, on=on)
        used[row.key, row.valid_from] = row
        return row

    claim = settle_claim(
        lines,
        table=table,
        contract_start=contract_start,
        covered_from=covered_from,
        counters=counters,
        history=past,
        law=noted,
    )
    return Decision(
        lines=tuple(lines),
        table=table,
        contract_start=contract_start,
        covered_from=covered_from,
        counters=tuple(counters.items()),
        history=past,
        law=tuple(used.values()),
        settled=claim.lines,
        consumed=tuple(claim.consumed.items()),
        catalogue=_catalogue_of(lines, past),
    )


def _catalogue_of(lines: Sequence[Care], history: Sequence[PastAct]) -> Catalogue:
    """The digest of each act and exemption that these lines read, by name."""
    found = {f"act {code}": acts.fingerprint(code, family="") for code in {past.act for past in history}}
    for care in lines:
        found[f"act {care.act}"] = acts.fingerprint(care.act, family=care.family)
        exemption = care.beneficiary.exemption
        if exemption:
            found[f"exemption {exemption}"] = exemptions.fingerprint(exemption)
    return tuple(sorted(found.items()))


def settle_again(decision: Decision) -> Decision:
    """The same decision made anew from its own inputs and its own rows of law: its bytes are those of the first.

    Errors: ``Conflict`` named ``catalogue_changed`` when the catalogue no longer says of an act or of an exemption what
    it said then; a decision that recorded none of it is not checked. One that recorded acts without bearing keeps them.
    Source: the insurer's duty to justify what it paid.
    """
    now = dict(_catalogue_of(decision.lines, decision.history))
    changed = [name for name, digest in decision.catalogue if now.get(name) != digest]
    if changed:
        sentence = (
            "Le catalogue des actes a changé depuis cette décision\u00a0: elle ne peut pas être refaite à l’identique."
        )
        raise Conflict("catalogue_changed", sentence, changed=", ".join(changed))
    again = decide(
        decision.lines,
        table=decision.table,
        contract_start=decision.contract_start,
        covered_from=decision.covered_from,
        counters=dict(decision.counters),
        history=decision.history,
        law=_as_written(decision.law),
    )
    return replace(again, history=decision.history, catalogue=decision.catalogue)


def _as_written(rows: Sequence[Parameter]) -> Law:
    """The law as the rows that a decision wrote down."""

    def row_of(key: str, *, on: date) -> Parameter:
        for row in rows:
            if row.key == key and row.covers(on):
                return row
        raise NoParameterFor(key=key, on=on)

    return row_of


def _counters_to_data(counters: Consumed) -> list[dict[str, object]]:
    return [
        {
            "clause_id": key.clause_id,
            "scope": str(key.scope),
            "start": key.window.start.isoformat(),
            "end": key.window.end.isoformat() if key.window.end else None,
            "mark": key.mark or None,
            "amount_cents": used.amount_cents,
            "count": used.count,
        }
        for key, used in counters
    ]


def _read_counters(record: Record, name: str) -> Consumed:
    return tuple(_read_counter(entry) for entry in record.records(name))


def _read_counter(record: Record) -> tuple[CounterKey, Used]:
    window = Period(record.day("start"), record.day_or_none("end"))
    mark = record.text("mark") if record.has("mark") else ""
    key = CounterKey(record.text("clause_id"), record.choice("scope", Scope), window, mark)
    return key, Used(amount_cents=record.whole("amount_cents"), count=record.whole("count"))


def _past_to_data(past: PastAct) -> dict[str, object]:
    """The act, its clause and its place; then what differs from an act on which nothing else is known."""
    data = {"act": past.act, "on": past.on.isoformat(), "clause_id": past.clause_id, "location": past.location}
    nothing = _known(PastAct(act=past.act, on=past.on))
    return data | {name: value for name, value in _known(past).items() if value != nothing[name]}


def _known(past: PastAct) -> dict[str, object]:
    return {
        "paid": past.paid,
        "expense_cents": past.expense_cents,
        "quantity": past.quantity,
        "professional": past.professional,
        "stay": past.stay,
        "withholding": past.withholding,
        "participation_forfaitaire_cents": past.withheld.participation_forfaitaire,
        "franchise_cents": past.withheld.franchise,
        "withheld_stated": past.withheld_stated,
        "heavy_tariff_cents": past.heavy_tariff_cents,
        "heavy_act_cents": past.heavy_act_cents,
        "daily_charge_days": past.daily_charge_days,
    }


def _read_past(record: Record) -> PastAct:
    return PastAct(
        act=record.text("act"),
        on=record.day("on"),
        clause_id=_text_or_none(record, "clause_id"),
        location=_text_or_none(record, "location"),
        paid=record.flag("paid", default=True),
        expense_cents=record.whole_or_none("expense_cents"),
        quantity=record.whole("quantity", default=1),
        professional=_text_or_none(record, "professional"),
        stay=_text_or_none(record, "stay"),
        withholding=record.choice("withholding", Withholding, default=Withholding.NONE),
        withheld=Withheld(
            participation_forfaitaire=record.whole("participation_forfaitaire_cents", default=0),
            franchise=record.whole("franchise_cents", default=0),
        ),
        withheld_stated=record.flag("withheld_stated", default=False),
        heavy_tariff_cents=record.whole_or_none("heavy_tariff_cents"),
        heavy_act_cents=record.whole("heavy_act_cents", default=0),
        daily_charge_days=record.whole("daily_charge_days", default=0),
    )


def _text_or_none(record: Record, name: str) -> str | None:
    return record.text(name) if record.has(name) else None


def _row_to_data(row: Parameter) -> dict[str, object]:
    return {
        "key": row.key,
        "value": str(row.value),
        "unit": row.unit,
        "from": row.valid_from.isoformat() if row.valid_from else None,
        "to": row.valid_to.isoformat() if row.valid_to else None,
        "source": row.source,
        "confidence": row.confidence,
        "checked": row.checked_on.isoformat(),
    }


def _read_row(record: Record) -> Parameter:
    return Parameter(
        key=record.text("key"),
        value=record.decimal("value"),
        unit=record.text("unit"),
        valid_from=record.day_or_none("from"),
        valid_to=record.day_or_none("to"),
        source=record.text("source"),
        confidence=record.text("confidence"),
        checked_on=record.day("checked"),
    )
