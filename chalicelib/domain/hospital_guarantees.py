"""What a contract guarantees to a hospital for a stay, found by settling that stay with the engine (M66, M69).

Nobody knows the prices of a stay to come. The engine settles prices that no contract pays whole: what it then pays is
what the contract promises, a day or a night at a time and for the whole stay.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from chalicelib.domain.adjudication.care import Care, Exemption
from chalicelib.domain.adjudication.claim import settle_claim
from chalicelib.domain.adjudication.history import PastAct
from chalicelib.domain.adjudication.limits import Used
from chalicelib.domain.adjudication.settlement import Settlement
from chalicelib.domain.claim import ClaimLine
from chalicelib.domain.guarantee import CounterKey, GuaranteeTable
from chalicelib.domain.guarantee_wording import wording
from chalicelib.domain.hospital_commitment import PlannedStay, Promise, Speciality
from chalicelib.domain.law import parameter
from chalicelib.domain.money import in_euros

ROOM, STAY, STAY_PSYCHIATRY, DAILY, DAILY_PSYCHIATRY, HEAVY = "CP", "SEJ", "SEJP", "FJ", "FJP", "BFGA004"
PRICE_CENTS = 1_000_000_00
"""The price of a night or of a stay in what is settled: no contract with an amount pays it whole."""

LABELS = {
    DAILY: "Forfait journalier hospitalier",
    DAILY_PSYCHIATRY: "Forfait journalier hospitalier en psychiatrie",
    STAY: "Ticket modérateur des frais de séjour",
    STAY_PSYCHIATRY: "Ticket modérateur des frais de séjour",
    HEAVY: "Participation forfaitaire pour acte lourd",
    ROOM: "Chambre particulière",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What the promises are read from: the table in force, since when the person is covered, what was used so far."""

    table: GuaranteeTable
    contract_start: date
    covered_from: date
    counters: Mapping[CounterKey, Used]
    history: Sequence[PastAct]


def lines_of(stay: PlannedStay) -> tuple[ClaimLine, ...]:
    """What is settled for a stay: its daily charges, its ticket modérateur, a heavy act, the private room if asked.

    Somebody in hospital to give birth is spared what maternity spares. Source: CSS art. L174-4, R160-16, L160-14.

    >>> [line.act for line in lines_of(PlannedStay(enters_on=date(2026, 3, 2), leaves_on=date(2026, 3, 5),
    ...     speciality=Speciality.PSYCHIATRY, private_room=True))]
    ['FJP', 'SEJP', 'CP']
    """
    mental = stay.speciality is Speciality.PSYCHIATRY
    spared = Exemption.MATERNITY if stay.speciality is Speciality.MATERNITY else None
    acts = [DAILY_PSYCHIATRY if mental else DAILY, STAY_PSYCHIATRY if mental else STAY]
    acts += [HEAVY] if stay.speciality in {Speciality.SURGERY, Speciality.MEDICINE} else []
    acts += [ROOM] if stay.private_room else []
    return tuple(_line(act, stay, spared) for act in acts)


def _line(act: str, stay: PlannedStay, spared: Exemption | None) -> ClaimLine:
    line = ClaimLine(act=act, care_on=stay.enters_on, expense_cents=PRICE_CENTS, exemption=spared)
    if act in {DAILY, DAILY_PSYCHIATRY}:
        key = "fjh.psy" if act == DAILY_PSYCHIATRY else "fjh.mco"
        unit = 0 if spared else parameter(key, on=stay.enters_on).cents
        return replace(line, quantity=stay.days, expense_cents=unit * stay.days)
    if act == ROOM:
        return replace(line, quantity=stay.nights, expense_cents=PRICE_CENTS * stay.nights)
    if act == HEAVY:
        price = parameter("ro.br.BFGA004", on=stay.enters_on).cents
        return replace(line, expense_cents=price, optam=True)
    return replace(line, base_cents=PRICE_CENTS)


def promises(stay: PlannedStay, lines: Sequence[Care], terms: Terms) -> tuple[Promise, ...]:
    """What the contract promises for a stay, line by line, in sentences for the hospital. Units: cents.

    ``lines`` are those of ``lines_of`` as the engine reads them. Source: the contract's guarantee table.
    """
    settled = _settled(lines, terms, counters=terms.counters).items()
    return tuple(_promise(stay, care, whole, terms) for care, whole in settled)


def _settled(lines: Sequence[Care], terms: Terms, *, counters: Mapping[CounterKey, Used]) -> dict[Care, Settlement]:
    """Each line settled by itself: what a session or a stay would change between them is not known beforehand."""
    return {
        care: settle_claim(
            [care],
            table=terms.table,
            contract_start=terms.contract_start,
            covered_from=terms.covered_from,
            counters=counters,
            history=terms.history,
        ).lines[0]
        for care in lines
    }


def _promise(stay: PlannedStay, care: Care, whole: Settlement, terms: Terms) -> Promise:
    label = LABELS[care.act]
    if care.act in {DAILY, DAILY_PSYCHIATRY} and not care.expense_cents:
        return Promise(label=label, sentence="Non dû pour cette hospitalisation.")
    if whole.refusal is not None:
        return Promise(label=label, sentence="Non pris en charge.", unit_cents=0, total_cents=0)
    if not whole.decided:
        return Promise(label=label, sentence=f"Selon le contrat\u00a0: {_written(care, terms)}.")
    match care.act:
        case "FJ" | "FJP":
            return _by_day(stay, care, whole, terms, unit="jour")
        case "CP":
            return _by_day(stay, care, whole, terms, unit="nuit")
        case "BFGA004":
            return _heavy_act(whole)
        case _:
            return _ticket_moderateur(label, whole)


def _by_day(stay: PlannedStay, care: Care, whole: Settlement, terms: Terms, *, unit: str) -> Promise:
    """A charge of each day or night: what is paid for one of them, and for all of them once limits are counted."""
    one = replace(care, quantity=1, expense_cents=care.expense_cents // care.quantity)
    alone = _settled([one], terms, counters={})[one]
    known = stay.leaves_on is not None
    amount = alone.complementary_cents
    if amount == one.expense_cents and whole.complementary_cents == care.expense_cents:
        paid = f"{in_euros(amount)} par {unit}" if unit == "jour" else "frais réels"
        return Promise(
            label=LABELS[care.act],
            sentence=f"Pris en charge\u00a0: {paid}.",
            unit_cents=amount if unit == "jour" else None,
        )
    sentence = f"Pris en charge dans la limite de {in_euros(amount)} par {unit}"
    if known:
        sentence += f", et de {in_euros(whole.complementary_cents)} pour ce séjour"
    return Promise(
        label=LABELS[care.act],
        sentence=f"{sentence} ({_written(care, terms)}).",
        unit_cents=amount,
        total_cents=whole.complementary_cents if known else None,
    )


def _ticket_moderateur(label: str, whole: Settlement) -> Promise:
    owed = whole.expense_cents - whole.statutory_gross_cents
    if not owed:
        return Promise(label=label, sentence="Pris en charge par la Sécurité sociale.")
    if whole.complementary_cents >= owed:
        return Promise(label=label, sentence="Pris en charge en totalité.")
    percent = whole.complementary_cents * 100 // owed
    return Promise(label=label, sentence=f"Pris en charge à {percent}\u00a0%.")


def _heavy_act(whole: Settlement) -> Promise:
    label = LABELS[HEAVY]
    if not whole.heavy_act_cents:
        return Promise(label=label, sentence="Non due pour cette hospitalisation.")
    paid = min(whole.complementary_cents, whole.heavy_act_cents)
    return Promise(label=label, sentence=f"Prise en charge\u00a0: {in_euros(paid)}.", total_cents=paid)


def _written(care: Care, terms: Terms) -> str:
    """The guarantee as the table words it."""
    clause = terms.table.clause_for(care.act, family=care.family)
    return wording(clause.guarantee) if clause else "sans garantie"
