"""A company taken over by one large file: thousands of lines or three, the way is the same (H135, H137)."""

from tests import samples
from tests.journeys import spaces
from tests.portal import Portal


def test_a_company_is_taken_over_by_a_large_file(portal: Portal) -> None:
    """Each good line makes a member, who opens a space; a faulty one is named by its number; dropped again, no harm."""
    subscription = spaces.subscribe(portal)
    reference = f"GROS-{subscription.contract}"
    first = {"kind": "enrolment", "reference": reference, "numero_adherent": subscription.number}
    form = samples.enrolled_member(subscription.contract)
    lines = [first, form, {"nir": "inconnu"}, samples.enrolled_member(subscription.contract)]
    content = b"\n".join(samples.as_bytes(one) for one in lines)
    report = portal.drop(f"{reference}.jsonl", content)
    assert (report["outcome"], report["accepted"], report["refused"]) == ("accepted", 2, 1), report
    assert {one["line"] for one in report["faults"]} == {3}
    text = portal.mail(form["email"], "adhérent")
    again = portal.drop(f"{reference}-encore.jsonl", content)
    assert (again["outcome"], again["unchanged"], again["refused"]) == ("unchanged", 2, 1), again
    portal.settle()
    assert len(portal.mails(form["email"])) == 1
    assert subscription.number in text
