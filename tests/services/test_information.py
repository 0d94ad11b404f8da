"""« Services & informations » and the DSN page, as both spaces read them.

Requirements H98, H99, H100, H101, H102, H103, H108, H115, H116, H117, H118, M90, M91, M92, M93, M94, M95.
"""

import pytest

from chalicelib import clock
from chalicelib.domain.content import ContentState
from chalicelib.texts.content import library
from tests.portal import Portal, expect
from tests.services.conftest import Employer, Json, subscribe, subscription_file, text_of

HEADINGS = ("faq", "actualite", "prevention", "tutoriel", "partenaire")


@pytest.fixture(scope="module")
def priced(portal: Portal) -> Json:
    """The DSN sheet of a contract with two prices."""
    file = subscription_file()
    file["contracts"][0]["contributions"]["rates"] = [
        {"label": "Salarié", "basis": "pmss_percent", "value": "1.50"},
        {"label": "Conjoint", "basis": "pmss_percent", "value": "1.40"},
    ]
    employer = subscribe(portal, file)
    path = f"{employer.base}/contracts/{employer.health['contract_id']}/dsn"
    return {"employer": employer, "path": path, "sheet": employer.hr.get(path)}


def states() -> dict[str, ContentState]:
    return {one.content_id: one.state_on(clock.today()) for one in library()}


@pytest.mark.parametrize("kind", HEADINGS)
def test_an_employer_reads_each_heading(employer: Employer, kind: str) -> None:
    """H98, H99, H100, H101, H102, H103, H28: each has published contents, of that kind only, each with its owner."""
    found = employer.hr.get(f"{employer.base}/contents", params={"kind": kind})["contents"]
    assert found
    assert {one["kind"] for one in found} == {kind}
    assert all(one["owner"] and one["blocks"] for one in found)
    assert all(states()[one["content_id"]] is ContentState.PUBLISHED for one in found)


@pytest.mark.parametrize("kind", HEADINGS)
def test_a_member_reads_each_heading(employer: Employer, kind: str) -> None:
    """M90, M91, M92, M93, M94, M95, M23."""
    found = employer.member().get("/member/contents", params={"kind": kind})["contents"]
    assert found
    assert {one["kind"] for one in found} == {kind}


def test_partners_say_how_to_reach_them(employer: Employer) -> None:
    """H99, M91."""
    for one in employer.hr.get(f"{employer.base}/contents", params={"kind": "partenaire"})["contents"]:
        assert one["contact"].keys() == {"name", "phone", "email", "website"}
        assert all(one["contact"].values())


def test_a_draft_an_archived_content_and_the_other_space_s_do_not_exist(employer: Employer) -> None:
    """H108: not in the list, and not by their id either."""
    hidden = {content_id for content_id, state in states().items() if state is not ContentState.PUBLISHED}
    assert len(hidden) >= 2
    listed = {one["content_id"] for one in employer.hr.get(f"{employer.base}/contents")["contents"]}
    assert not listed & hidden
    for content_id in [*hidden, "faq-carte-assure", "nothing"]:
        assert employer.hr.call("GET", f"{employer.base}/contents/{content_id}").status_code == 404
    known = employer.hr.get(f"{employer.base}/contents/faq-affilier-un-salarie")
    assert known["title"]
    member = employer.member()
    assert member.call("GET", "/member/contents/faq-affilier-un-salarie").status_code == 404
    assert member.get("/member/contents/faq-carte-assure")["title"]


def test_a_member_without_a_risk_is_spared_what_is_about_it(employer: Employer) -> None:
    """H5, A3: prévoyance only: nothing about reimbursements, but the work stoppage."""
    member = employer.member(contracts=[employer.provident["number"]])
    seen = {one["content_id"] for one in member.get("/member/contents")["contents"]}
    assert "faq-arret-de-travail-assure" in seen
    assert not seen & {"faq-teletransmission", "faq-remboursement-tiers-payant", "faq-carte-assure"}
    of_health = {one["content_id"] for one in employer.member().get("/member/contents")["contents"]}
    assert "faq-arret-de-travail-assure" not in of_health
    assert "faq-teletransmission" in of_health


def test_an_unknown_heading_is_refused(employer: Employer) -> None:
    answer = employer.hr.call("GET", f"{employer.base}/contents", params={"kind": "recettes"})
    assert {one["field"] for one in expect(answer, 422)["errors"]} == {"kind"}


def test_the_dsn_page_and_its_guide_say_the_same(employer: Employer) -> None:
    """H115, H116, H117, H118: every sentence of the page is in the guide, in the page's order."""
    page = employer.hr.get(f"{employer.base}/dsn")
    assert [one["content_id"] for one in page["chapters"]] == ["dsn-definition", "dsn-mise-en-place", "dsn-utilisation"]
    assert {one["number"] for one in page["contracts"]} == {employer.health_number, employer.provident["number"]}
    said = _squeezed(text_of(_written(employer, f"{employer.base}/dsn/guide")))
    place = 0
    for chapter in page["chapters"]:
        for text in (chapter["title"], *(block["text"] for block in chapter["blocks"])):
            found = said.find(_squeezed(text), place)
            assert found >= 0, text
            place = found


def test_the_parameter_sheet_is_data_and_a_document(employer: Employer) -> None:
    """H116, H118: reference, codes, option, terms; the PDF says the same, and was written with the contract."""
    contract = employer.health
    path = f"{employer.base}/contracts/{contract['contract_id']}/dsn"
    data = employer.hr.get(path)
    assert data["contract_number"] == contract["number"]
    assert data["frequency_label"] == "Mensuelle"
    assert data["organism"]
    employer.portal.settle()
    text = text_of(employer.hr.get(f"{path}/document")["url"])
    for expected in (
        contract["number"],
        data["organism"],
        "S21.G00.15.001",
        "Mensuelle",
        employer.file["companies"][0]["siret"],
    ):
        assert expected in text, expected


def test_a_sheet_holds_each_price_of_the_contract(priced: Json) -> None:
    """H116: option, population, base, component and rate, as data and in the document."""
    employer, sheet = priced["employer"], priced["sheet"]
    assert [(one["label"], one["component"], one["rate_percent"]) for one in sheet["lines"]] == [
        ("Salarié", "18", "1.50"), ("Conjoint", "18", "1.40"),
    ]  # fmt: skip
    assert {(one["option"], one["base"], one["contribution"]) for one in sheet["lines"]} == {("CONFORT", "31", "059")}
    text = text_of(_written(employer, f"{priced['path']}/document"))
    for expected in ("Cotisation « Salarié »", "1,50 %", "1,40 %", "S21.G00.81.007", "CONFORT"):
        assert expected in text.replace("\u00a0", " "), expected


def test_the_sheet_of_another_company_does_not_exist(employer: Employer, other_employer: Employer) -> None:
    """H121."""
    foreign = f"{employer.base}/contracts/{other_employer.health['contract_id']}/dsn"
    for path in (foreign, f"{foreign}/document"):
        assert employer.hr.call("GET", path).status_code == 404


def _written(employer: Employer, path: str) -> str:
    """The link to a document, asked for until it is written."""
    url: str = employer.portal.eventually(
        lambda: answer.json()["url"] if (answer := employer.hr.call("GET", path)).status_code == 200 else None
    )
    return url


def _squeezed(text: str) -> str:
    """Words without the spaces and hyphens that a line's end adds or takes."""
    return "".join(text.replace("-", "").replace("\u00ad", "").split())
