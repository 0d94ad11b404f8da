"""What is read of a DSN, and all that is not (dossier 8.3)."""

import pytest

from chalicelib.domain.dsn.lines import LONGEST_LINE_BYTES, rubriques
from chalicelib.domain.dsn.reading import WANTED, DeclaredPerson, Head, Ours, Part, Tail, read
from chalicelib.domain.errors import FieldErrors
from tests import dsn_files
from tests.dsn_files import Adhesion, Base, Dsn, Person

OURS = Ours(organisms=frozenset({dsn_files.ORGANISM}), contract_numbers=frozenset({"PREV-1"}))
CANARY = "CANARI"


def parts(dsn: Dsn, length: int = 4096) -> list[Part]:
    return list(read(dsn_files.pieces(dsn.content(), length), OURS))


def people(dsn: Dsn) -> list[DeclaredPerson]:
    return [one for one in parts(dsn) if isinstance(one, DeclaredPerson)]


def test_a_declaration_is_read_in_its_order() -> None:
    dsn = Dsn(adhesions=[Adhesion(reference="PREV-1")], people=[Person(), Person(nir="2690549588157")])
    head, first, second, tail = parts(dsn)
    assert isinstance(head, Head)
    assert [one.contract_number for one in head.adhesions] == ["PREV-1"]
    assert isinstance(first, DeclaredPerson)
    assert isinstance(second, DeclaredPerson)
    assert (first.initials, first.matricule, second.nir) == ("L. M.", "A7", "2690549588157")
    assert [one.block.day("002") for one in first.subjects] == [first.subjects[0].block.day("002")]
    assert isinstance(tail, Tail)
    assert tail.total
    assert (tail.counted, tail.declarations) == (len(dsn.lines()) + 2, 1)


@pytest.mark.parametrize("length", [1, 7, 64, 100_000])
def test_pieces_of_any_length_say_the_same(length: int) -> None:
    dsn = Dsn(adhesions=[Adhesion(reference="PREV-1")], people=[Person()], payments=[("45.00", [("45.00", "2026M03")])])
    assert parts(dsn, length) == parts(dsn)


def test_both_encodings_are_read() -> None:
    dsn = Dsn(adhesions=[Adhesion(reference="PREV-1")], people=[Person(last_name="LÉGER", first_name="Zoë")])
    for encoding in ("latin-1", "utf-8", "utf-8-sig"):
        [person] = [one for one in read([dsn.content(encoding)], OURS) if isinstance(one, DeclaredPerson)]
        assert (person.last_name, person.first_name) == ("LÉGER", "Zoë")


def test_what_is_not_ours_is_dropped_at_once() -> None:
    """Other blocks, another insurer's adhesion, people, bases and payments: no value of them is in what is read."""
    others = [
        ("S21.G00.15.001", f"{CANARY}-CONTRAT"), ("S21.G00.15.002", f"{CANARY}-ORG"), ("S21.G00.15.005", "9"),
        ("S21.G00.20.001", f"{CANARY}-ORG"), ("S21.G00.20.005", "999.99"), ("S21.G00.55.001", "999.99"),
        ("S21.G00.60.001", CANARY), ("S21.G00.44.001", CANARY), ("S89.G00.91.001", CANARY),
    ]  # fmt: skip
    hers = [
        ("S21.G00.70.012", "A9"), ("S21.G00.70.013", "9"), ("S21.G00.60.002", CANARY), ("S21.G00.52.001", CANARY),
        ("S21.G00.78.001", "31"), ("S21.G00.78.005", "A9"), ("S21.G00.79.004", "999.99"), ("S21.G00.81.004", "999.99"),
    ]  # fmt: skip
    stranger = Person(nir="2990199999999", last_name=CANARY, first_name=CANARY, matricule=CANARY, adhesion="9")
    dsn = Dsn(adhesions=[Adhesion(reference="PREV-1")], people=[Person(extra=hers), stranger], extra=others)
    kept = parts(dsn)
    assert [type(one) for one in kept] == [Head, DeclaredPerson, Tail]
    for canary in (CANARY, "999.99", "CANARIS", "9876.54"):
        assert canary in dsn.text()
        assert canary not in _everything(kept)


def test_values_that_are_not_wanted_are_never_decoded() -> None:
    dsn = Dsn(adhesions=[Adhesion(reference="PREV-1")], people=[Person()])
    unseen = [one for one in rubriques([dsn.content()], WANTED) if one.name not in WANTED]
    assert unseen
    assert all(one.value is None for one in unseen)


def test_who_a_person_is_does_not_show_in_a_trace() -> None:
    """M16: an object of a person that ends in a log by mistake says nothing of who they are."""
    [person] = people(Dsn(adhesions=[Adhesion(reference="PREV-1")], people=[Person()]))
    assert "1850578006084" not in repr(person)
    assert "MARTIN" not in repr(person)


def test_only_our_base_and_our_contribution_are_taken() -> None:
    other = Base(code="02", components=(("11", "1.00"),), contributions=(("1.00", None),))
    [person] = people(Dsn(adhesions=[Adhesion(reference="PREV-1")], people=[Person(bases=[other, Base()])]))
    [subject] = person.subjects
    assert [one.cents("004") for one in subject.components] == [300000]
    assert [one.cents("004") for one in subject.contributions] == [4500]


def test_a_contract_of_ours_under_a_wrong_organism_is_seen() -> None:
    """It would not reach us: the check must be able to say so."""
    [head, *_] = parts(Dsn(adhesions=[Adhesion(reference="PREV-1", organism="PXXXX")]))
    assert isinstance(head, Head)
    assert [one.organism for one in head.adhesions] == ["PXXXX"]


@pytest.mark.parametrize(
    "content",
    [
        b"", b"\n\n",
    ],
)  # fmt: skip
def test_an_empty_file_has_a_head_without_anything(content: bytes) -> None:
    head, tail = list(read([content], OURS))
    assert isinstance(head, Head)
    assert head.declarations == ()
    assert isinstance(tail, Tail)
    assert tail.total is None


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (b"%PDF-1.7\n", 1),
        (b"S10.G00.00.001,'Paie'\nS10.G00.00.002,sans quotes\n", 2),
        (b"S10.G00.00.001,'Paie'\n\nS10.G00.0A.001,'x'\n", 3),
        (b"S10.G00.00.001,'" + b"x" * LONGEST_LINE_BYTES + b"'\n", 1),
        (b"x" * (LONGEST_LINE_BYTES + 1), 1),
        (b"PK\x03\x04\x00\x00", 1),
    ],
)
def test_what_is_no_dsn_is_refused_with_its_line(content: bytes, line: int) -> None:
    with pytest.raises(FieldErrors) as refused:
        list(read([content], OURS))
    [fault] = refused.value.faults
    assert (fault.field, fault.code) == ("content", "not_a_dsn")
    assert f"ligne {line} " in fault.message


def _everything(kept: object) -> str:
    """Every text that can be reached from what was kept, whatever its repr hides."""
    if isinstance(kept, str):
        return kept
    if isinstance(kept, dict):
        return " ".join(_everything(one) for pair in kept.items() for one in pair)
    if isinstance(kept, list | tuple | frozenset | set):
        return " ".join(_everything(one) for one in kept)
    if hasattr(kept, "__dataclass_fields__"):
        return " ".join(_everything(getattr(kept, name)) for name in kept.__dataclass_fields__)
    return repr(kept)
