"""The pay that was declared last, whatever came when (dossier 4.5, 8.3)."""

import random
from datetime import UTC, date, datetime, timedelta

from chalicelib.domain.contributions.declared_pay import PayDeclaration, PaySource, declared_pay

MARCH = date(2026, 3, 1)
START = datetime(2026, 4, 1, 8, 0, tzinfo=UTC)


def said(minute: int, *amounts: tuple[str, int], origin: str = "", adjusts: bool = False) -> PayDeclaration:
    return PayDeclaration(
        declaration_id=f"d{minute}",
        company_id="c",
        contract_id="p",
        month=MARCH,
        declared_at=START + timedelta(minutes=minute),
        declared_by="account",
        by="Anne Martin",
        source=PaySource.DSN if origin else PaySource.FORM,
        amounts=amounts,
        origin=origin,
        adjusts=adjusts,
    )


def test_a_later_declaration_corrects_those_it_names_only() -> None:
    assert declared_pay([said(1, ("lea", 300000), ("zoe", 250000)), said(2, ("lea", 310000))]) == {
        "lea": 310000,
        "zoe": 250000,
    }


def test_a_file_that_cancels_and_replaces_does_so_wholly() -> None:
    first = said(1, ("lea", 300000), ("zoe", 250000), origin="siret/2026-03/11")
    again = said(3, ("lea", 290000), origin="siret/2026-03/11")
    assert declared_pay([first, again]) == {"lea": 290000}
    assert declared_pay([first, said(2, ("zoe", 260000)), again]) == {"zoe": 260000, "lea": 290000}
    assert declared_pay([first, said(4, origin="siret/2026-03/11")]) == {}


def test_two_fractions_stand_beside_each_other() -> None:
    one, two = said(1, ("lea", 1), origin="siret/2026-03/12"), said(2, ("zoe", 2), origin="siret/2026-03/22")
    assert declared_pay([two, one]) == {"lea": 1, "zoe": 2}


def test_the_pay_of_somebody_in_two_establishments_adds_up() -> None:
    """Whatever one establishment sends again takes the place of its own amount only; a form says it all anew."""
    one, two = (
        said(1, ("lea", 200000), origin="siret-1/2026-03/11"),
        said(2, ("lea", 50000), origin="siret-2/2026-03/11"),
    )
    assert declared_pay([one, two]) == {"lea": 250000}
    assert declared_pay([one, two, said(3, ("lea", 210000), origin="siret-1/2026-03/11")]) == {"lea": 260000}
    assert declared_pay([one, two, said(3, ("lea", 255000))]) == {"lea": 255000}
    assert declared_pay([one, said(2, ("lea", 190000)), said(3, ("lea", 50000), origin="siret-2/2026-03/11")]) == {
        "lea": 250000
    }


def test_a_recall_stays_when_an_establishment_declares_its_month() -> None:
    one, recall = (
        said(1, ("lea", 200000), origin="siret-1/2026-03/11"),
        said(2, ("lea", -5000), origin="r", adjusts=True),
    )
    assert declared_pay([one, recall, said(3, ("lea", 50000), origin="siret-2/2026-03/11")]) == {"lea": 245000}


def test_a_recall_adds_and_its_replacement_adds_instead() -> None:
    base, recall = said(1, ("lea", 300000)), said(2, ("lea", -5000), origin="siret/2026-04/11", adjusts=True)
    assert declared_pay([base, recall]) == {"lea": 295000}
    assert declared_pay([base, recall, said(3, ("lea", 7000), origin="siret/2026-04/11", adjusts=True)]) == {
        "lea": 307000
    }


def test_any_order_and_any_repetition_give_the_same_amounts() -> None:
    """Declarations are read back in an order that says nothing of when they were made."""
    chance = random.Random(20260401)
    for _ in range(300):
        history = [
            said(
                minute,
                *(
                    (name, chance.randrange(500000))
                    for name in chance.sample(["lea", "zoe", "tom"], chance.randrange(4))
                ),
                origin=chance.choice(["", "", "siret/2026-03/11", "siret/2026-04/11"]),
                adjusts=chance.random() < 0.3,
            )
            for minute in range(chance.randrange(7))
        ]
        wanted = declared_pay(history)
        shuffled = [*history, *chance.choices(history, k=2)] if history else []
        chance.shuffle(shuffled)
        assert dict(declared_pay(shuffled)) == dict(wanted)
