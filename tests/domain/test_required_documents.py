"""Which documents a case needs (H139–H148, M49–M54, M102–M110)."""

from datetime import date
from itertools import product

import pytest

from chalicelib.domain.member import Relationship
from chalicelib.domain.required_documents import (
    TITLES,
    Circuit,
    DocumentKind,
    circuit_of,
    for_claim,
    for_dependant,
    for_employee,
)

INVOICE, STATEMENT, PRESCRIPTION = (
    DocumentKind.RECEIPTED_INVOICE,
    DocumentKind.STATUTORY_STATEMENT,
    DocumentKind.PRESCRIPTION,
)

CASES = {
    (True, True, True): Circuit.NOTHING_ADVANCED,
    (True, True, False): Circuit.PAPER,
    (True, False, True): Circuit.TELETRANSMITTED,
    (True, False, False): Circuit.PAPER,
    (False, True, True): Circuit.NOT_COVERED,
    (False, True, False): Circuit.NOT_COVERED,
    (False, False, True): Circuit.NOT_COVERED,
    (False, False, False): Circuit.NOT_COVERED,
}


@pytest.mark.parametrize(("facts", "circuit"), list(CASES.items()))
def test_every_case_of_the_guide(facts: tuple[bool, bool, bool], circuit: Circuit) -> None:
    """H139–H147, M102–M110, M111: covered, tiers payant, télétransmission."""
    covered, third_party, sent = facts
    found = circuit_of(covered_by_statutory=covered, third_party_payment=third_party, teletransmission=sent)
    assert found is circuit


NEEDED = {
    (Circuit.NOTHING_ADVANCED, False): [],
    (Circuit.NOTHING_ADVANCED, True): [],
    (Circuit.TELETRANSMITTED, False): [INVOICE],
    (Circuit.TELETRANSMITTED, True): [INVOICE],
    (Circuit.PAPER, False): [INVOICE, STATEMENT],
    (Circuit.PAPER, True): [INVOICE, STATEMENT, PRESCRIPTION],
    (Circuit.NOT_COVERED, False): [INVOICE],
    (Circuit.NOT_COVERED, True): [INVOICE, PRESCRIPTION],
}


@pytest.mark.parametrize(("case", "kinds"), list(NEEDED.items()))
def test_each_case_needs_what_the_guide_says(case: tuple[Circuit, bool], kinds: list[DocumentKind]) -> None:
    """H140, H142, H144, H145, H146, M103, M105, M107, M108, M109."""
    circuit, prescribed = case
    found = for_claim({circuit}, prescribed=prescribed, about="léa")
    assert [one.kind for one in found] == kinds
    assert all(one.about == "léa" and one.reason for one in found)


@pytest.mark.parametrize(("first", "second", "prescribed"), list(product(Circuit, Circuit, [False, True])))
def test_a_claim_needs_what_each_of_its_lines_needs_and_nothing_twice(
    first: Circuit, second: Circuit, prescribed: bool
) -> None:
    """H148."""
    together = [one.kind for one in for_claim({first, second}, prescribed=prescribed, about="léa")]
    apart = set(NEEDED[first, prescribed]) | set(NEEDED[second, prescribed])
    assert (set(together), len(together)) == (apart, len(apart))


@pytest.mark.parametrize(
    ("relationship", "kind"),
    [
        (Relationship.SPOUSE, DocumentKind.FAMILY_RECORD),
        (Relationship.PACS_PARTNER, DocumentKind.PACS_CERTIFICATE),
        (Relationship.COHABITANT, DocumentKind.COHABITATION_PROOF),
    ],
)
def test_a_partner_is_proved_by_one_document(relationship: Relationship, kind: DocumentKind) -> None:
    """M49, M52."""
    [found] = for_dependant(relationship, date(1990, 1, 1), on=date(2026, 1, 1), about="sam")
    assert (found.kind, found.about) == (kind, "sam")


@pytest.mark.parametrize(("day", "adult"), [(date(2026, 4, 30), False), (date(2026, 5, 1), True)])
def test_a_child_needs_a_certificate_from_the_eighteenth_birthday_on(day: date, adult: bool) -> None:
    """M53, M54: decided on the day the cover would start."""
    found = for_dependant(Relationship.CHILD, date(2008, 5, 1), on=day, about="tom")
    expected = [DocumentKind.FAMILY_RECORD] + [DocumentKind.SITUATION_CERTIFICATE] * adult
    assert [one.kind for one in found] == expected


def test_the_employee_proves_rights_and_account() -> None:
    """Dossier 5.1."""
    assert [one.kind for one in for_employee("léa")] == [DocumentKind.RIGHTS_ATTESTATION, DocumentKind.BANK_DETAILS]


def test_every_document_has_a_title() -> None:
    """M117."""
    assert set(TITLES) == set(DocumentKind)
