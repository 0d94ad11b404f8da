"""« Mes cotisations » in the espace RH: list, search, detail, PDF, regularisation, export, échéancier.

Requirements H23, H39, H40, H41, H42, H43, H44, H45, H46, H47, H105, H107; decision A15.
"""

import csv
import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any

import httpx
import pytest

from chalicelib import clock
from chalicelib.domain.contributions.bank_days import debit_day
from chalicelib.domain.contributions.ledger import PostingKind, payment
from chalicelib.domain.contributions.line import LineKind
from chalicelib.domain.contributions.state import ContributionState
from chalicelib.domain.contributions.suspension import Suspension
from chalicelib.domain.errors import NotFound
from chalicelib.domain.mandate import Bank, Mandate
from chalicelib.gateways import documents
from chalicelib.services import contribution_ledger, document_jobs, insured
from chalicelib.settings import bank_account
from chalicelib.storage import companies, contracts, contributions
from chalicelib.storage.transaction import Transaction
from chalicelib.texts.dates import day_in_words
from local.stack import Stack
from tests import samples
from tests.api import aws_calls
from tests.portal import PASSWORD, Portal, User, expect
from tests.services.billed import ALONE_OR_FAMILY, HEALTH, PROVIDENT, SPOUSE, Billed, on, subscribed
from tests.services.conftest import Back, Json, downloaded, faults, open_employer_space, text_of

JANUARY, FEBRUARY, MARCH, APRIL = (date(2025, month, 1) for month in range(1, 5))
LATE = date(2025, 2, 20)


@dataclass(frozen=True, kw_only=True)
class Shop:
    """A company whose contributions are called, and who signs in for it on any day."""

    billed: Billed

    @contextmanager
    def hr(self, day: date) -> Iterator["Seen"]:
        """The administrator, signed in on a day."""
        with on(day):
            body = {"email": self.billed.administrator, "password": PASSWORD}
            yield Seen(self, self.billed.portal.sign_in("employer", body))

    @property
    def base(self) -> str:
        """The path of its contributions."""
        return f"/employer/companies/{self.billed.company_id}/contributions"

    @property
    def contract(self) -> str:
        """The path of its contract."""
        return f"/employer/companies/{self.billed.company_id}/contracts/{self.billed.contract_id}"

    def number(self, rank: int = 0) -> str:
        """The number of one of its statements, oldest first."""
        return self.billed.issued()[rank].number

    def sign_mandate(self, day: date) -> None:
        """A mandate in force since a day, as signing one leaves it."""
        company = companies.get(self.billed.company_id)
        assert company is not None
        at = datetime(day.year, day.month, day.day, tzinfo=UTC)
        account = insured.seal_bank_account(samples.iban(), company.name)
        mandate = Mandate(
            rum=f"{self.billed.number}-{day:%Y%m%d}-ABCDEF0123",
            ics="FR72ZZZ123456",
            creditor_name="Assureur",
            creditor_address="Paris",
            debtor_name=company.name,
            debtor_address="Nantes",
            place="Nantes",
            holder=company.name,
            iban_sealed=account.iban_sealed,
            iban_masked=account.iban_masked,
            bic=account.bic,
            request_id="r",
            written_on=day,
            signed_at=at,
            effective_at=at,
        )
        with Transaction() as transaction:
            companies.save(transaction, replace(company, bank=Bank(mandates=(mandate,))))


@dataclass(frozen=True)
class Seen:
    """What somebody of the company sees and does, on the day they signed in."""

    shop: Shop
    user: User

    def listed(self, **query: Any) -> list[Json]:
        """The list, narrowed."""
        found: list[Json] = self.user.get(self.shop.base, params=query)["contributions"]
        return found

    def read(self, rank: int = 0) -> Json:
        """One statement."""
        found: Json = self.user.get(f"{self.shop.base}/{self.shop.number(rank)}")
        return found

    def act(self, kind: str, *, key: str = "key-00000001", **more: Any) -> httpx.Response:
        """The answer to an action about a statement."""
        path = f"{self.shop.base}/{self.shop.number()}/actions"
        return self.user.call("POST", path, json={"kind": kind} | more, headers={"Idempotency-Key": key})


def open_shop(portal: Portal, stack: Stack, *, terms: Json = HEALTH, **changes: Any) -> Shop:
    billed = subscribed(portal, stack, terms=terms, starts_on=JANUARY, **changes)
    report = {"companies": [{"numero_adherent": billed.number}]}
    with on(date(2025, 1, 5)):
        open_employer_space(portal, billed.file, report)
    return Shop(billed=billed)


@pytest.fixture
def shop(portal: Portal, stack: Stack) -> Shop:
    """Two employees, one with a family, called for January."""
    shop = open_shop(portal, stack)
    with on(JANUARY):
        shop.billed.enrol(starts_on="2025-01-01", last_name="Zorn")
        shop.billed.enrol(starts_on="2025-01-01", last_name="Abad", dependants=[SPOUSE])
    shop.billed.run(FEBRUARY)
    return shop


@pytest.fixture(scope="module")
def year(portal: Portal, stack: Stack) -> Shop:
    """A company called for three months, of which it paid the first."""
    shop = open_shop(portal, stack)
    with on(JANUARY):
        shop.billed.enrol(starts_on="2025-01-01")
    for month in (FEBRUARY, MARCH, APRIL):
        shop.billed.run(month)
    pay(shop, 5888, rank=0, day=date(2025, 2, 10))
    return shop


def pay(shop: Shop, cents: int, *, rank: int, day: date) -> None:
    paid = payment(
        f"pay-{shop.number(rank)}-{day}-{cents}",
        PostingKind.TRANSFER,
        amount_cents=cents,
        day=day,
        statement=shop.number(rank),
    )
    contribution_ledger.post(shop.billed.company_id, shop.billed.contract_id, paid)


# --- List and search -----------------------------------------------------------------------------------------------


def test_the_list_shows_contract_period_due_day_amount_and_state_newest_first(year: Shop) -> None:
    """H39, H45."""
    with year.hr(date(2025, 4, 2)) as hr:
        found = hr.listed()
    assert [(one["period"]["first_day"], one["due_on"], one["listed"]) for one in found] == [
        ("2025-03-01", "2025-04-15", "appelee"),
        ("2025-02-01", "2025-03-17", "a_regulariser"),
        ("2025-01-01", "2025-02-17", "payee"),
    ]
    assert {(one["called_cents"], one["contract_number"]) for one in found} == {(5888, year.billed.contract_number)}
    assert [one["owed_cents"] for one in found] == [5888, 5888, 0]
    assert found[1]["state_label"] == "Impayée, à régulariser"


@pytest.mark.parametrize(
    ("query", "months"),
    [
        ({"state": "payee"}, [1]),
        ({"state": "a_regulariser"}, [2]),
        ({"state": "appelee"}, [3]),
        ({"text": "février 2025"}, [2]),
        ({"text": "FEVRIER"}, [2]),
        ({"text": "2025"}, [3, 2, 1]),
        ({"text": "introuvable"}, []),
        ({"period_from": "2025-02-15"}, [3, 2]),
        ({"period_to": "2025-02-28"}, [2, 1]),
        ({"period_from": "2025-02-01", "period_to": "2025-02-28", "text": "fevrier", "least_cents": 5888}, [2]),
        ({"least_cents": 5889}, []),
        ({"most_cents": 5887}, []),
        ({"contract_id": "another"}, []),
    ],
)
def test_search_by_text_state_contract_days_and_amounts(year: Shop, query: Json, months: list[int]) -> None:
    """H40."""
    with year.hr(date(2025, 4, 2)) as hr:
        found = hr.listed(**query)
    assert [int(one["period"]["first_day"][5:7]) for one in found] == months


def test_pages_follow_one_another_with_and_without_a_search(year: Shop) -> None:
    """H39: by cursor, also where a search skips some."""
    for query in ({}, {"text": "2025"}):
        with year.hr(date(2025, 4, 2)) as hr:
            seen: list[str] = []
            cursor: str | None = None
            while True:
                more = {"before": cursor} if cursor else {}
                answer = hr.user.get(year.base, params={"limit": 1, **query, **more})
                seen += [one["number"] for one in answer["contributions"]]
                cursor = answer["next"]
                if cursor is None:
                    break
        assert seen == [year.number(rank) for rank in (2, 1, 0)]


@pytest.mark.parametrize("held", [10, 500])
def test_a_page_of_fifty_costs_one_read_however_many_there_are(
    portal: Portal, stack: Stack, year: Shop, held: int
) -> None:
    """H39: by key, newest first; nothing is counted and nothing passed over."""
    shop = open_shop(portal, stack)
    model = contributions.get(year.number())
    assert model is not None
    for start in range(0, held, 50):
        with Transaction() as transaction:
            for rank in range(start, min(start + 50, held)):
                number = f"{shop.billed.number}X{rank:04}"
                one = replace(model, number=number, company_id=shop.billed.company_id, version=0)
                contributions.save(transaction, one)
    with shop.hr(date(2025, 4, 2)) as hr, aws_calls() as calls:
        assert len(hr.listed(limit=50)) == min(held, 50)
    queries = [one.parameters for one in calls if one.operation == "dynamodb.Query"]
    assert [one["Limit"] for one in queries] == [50]


def test_another_company_s_contributions_are_unknown(year: Shop, shop: Shop) -> None:
    """H61: the answer is the same for what is another's and for what is nobody's."""
    own, other = shop.base, year.number()
    with shop.hr(LATE) as hr:
        for path in (f"{own}/{other}", f"{own}/{other}/lines", f"{own}/{other}/document", f"{own}/nothing"):
            expect(hr.user.call("GET", path), 404)
        expect(hr.user.call("GET", year.base), 404)
        body, key = {"kind": "virement"}, {"Idempotency-Key": "key-00000001"}
        expect(hr.user.call("POST", f"{own}/{other}/actions", json=body, headers=key), 404)
        for what in ("ledger", "payment-schedule", "payment-schedule/document"):
            path = shop.contract.replace(shop.billed.contract_id, year.billed.contract_id)
            expect(hr.user.call("GET", f"{path}/{what}"), 404)


# --- One statement -------------------------------------------------------------------------------------------------


def test_a_statement_shows_its_headings_its_taxes_its_shares_and_how_it_is_paid(shop: Shop) -> None:
    """H41."""
    with shop.hr(FEBRUARY) as hr:
        found = hr.read()
    assert {(one["label"], one["heads"], one["rate"].replace("\u00a0", " ")) for one in found["groups"]} == {
        ("Isolé", 1, "1,5 % du PMSS"),
        ("Famille", 1, "3,9 % du PMSS"),
    }
    assert found["ht_cents"] + found["tax_cents"] == found["to_pay_cents"] == 21196
    assert found["employer_cents"] + found["employee_cents"] == 21196
    assert found["reference"].startswith("RF")
    assert found["reference"] in found["means"]
    assert found["conventions"]
    assert [one["kind"] for one in found["offers"]] == ["virement", "correction", "contestation"]


def test_the_lines_say_who_pays_what_and_why_and_nothing_of_any_care(shop: Shop) -> None:
    """H41, H61."""
    with shop.hr(FEBRUARY) as hr:
        found = hr.user.get(f"{shop.base}/{shop.number()}/lines")
        expect(hr.user.call("GET", f"{shop.base}/{shop.number()}/lines", params={"part": 1}), 404)
    assert found["next"] is None
    assert [(one["name"], one["label"], one["ttc_cents"]) for one in found["lines"]] == [
        ("Abad Léa", "Famille", 15308),
        ("Zorn Léa", "Isolé", 5888),
    ]
    assert "plafond mensuel de janvier 2025" in " ".join(found["lines"][0]["explanation"])
    assert set(found["lines"][0]) == {
        *("kind", "month", "member_id", "name", "college", "label", "base_cents", "rate", "ht_cents", "tax_cents"),
        *("ttc_cents", "employer_cents", "employee_cents", "explanation"),
    }


def test_the_pdf_says_all_that_an_appel_de_cotisation_must(shop: Shop) -> None:
    """H42; dossier 4.5, content of the bordereau."""
    with shop.hr(FEBRUARY) as hr:
        url = hr.user.get(f"{shop.base}/{shop.number()}/document")["url"]
    text = text_of(url)
    company = shop.billed.file["companies"][0]
    for said in (
        shop.number(),
        shop.billed.number,
        shop.billed.contract_number,
        company["name"],
        company["siren"],
        company["siret"],
        "du 1er janvier 2025 au 31 janvier 2025",
        "17 février 2025",
        "Mensuelle",
        "Isolé",
        "Famille",
        "1,5 % du PMSS",
        "51,98 €",
        "6,90 €",
        "211,96 €",
        "tout mois commencé est dû",
        "Solde antérieur",
        "Réglez par virement",
        "RF",
    ):
        assert said in text.replace("\u202f", " ").replace("\u00a0", " "), said


def test_the_pdf_of_a_later_statement_says_its_corrections_and_the_balance_before_it(shop: Shop) -> None:
    """H42: regularisations by period, balance brought forward, and the debit with its mandate, fourteen days ahead."""
    shop.sign_mandate(FEBRUARY)
    with on(FEBRUARY):
        shop.billed.enrol(starts_on="2025-01-01", last_name="Tardif")
    shop.billed.run(MARCH)
    with shop.hr(MARCH) as hr:
        url = hr.user.get(f"{shop.base}/{shop.number(1)}/document")["url"]
        found = hr.read(1)
    text = text_of(url).replace("\u202f", " ").replace("\u00a0", " ")
    for said in ("Régularisations de périodes passées", "janvier 2025", "211,96 €", "Date du prélèvement", "-ABCDEF"):
        assert said in text, said
    assert found["brought_forward_cents"] == 21196
    assert found["debit"]["debit_on"] == "2025-03-17"
    assert found["debit"]["amount_cents"] == found["summary"]["owed_cents"]
    told = shop.billed.portal.mail(shop.billed.administrator, "Appel de cotisation", count=2)
    assert "seront prélevés le 17\u00a0mars\u00a02025" in told


def test_a_filter_that_ends_before_it_begins_is_a_fault(shop: Shop) -> None:
    """H40."""
    reversed_ends = {"period_from": "2025-02-01", "period_to": "2025-01-01", "least_cents": 2, "most_cents": 1}
    with shop.hr(FEBRUARY) as hr:
        answer = hr.user.call("GET", shop.base, params=reversed_ends)
    assert faults(answer) == {("period_to", "ends_before_start"), ("most_cents", "ends_before_start")}


def plain(text: str) -> str:
    return text.replace("\u202f", " ").replace("\u00a0", " ")


def test_what_a_debit_leaves_is_paid_by_transfer_under_the_older_reference(shop: Shop) -> None:
    """H41, H42, H43: under the new one it would pay what is debited; said on the screen, in the mail and in the PDF."""
    shop.sign_mandate(FEBRUARY)
    shop.billed.run(MARCH)
    older, newer = shop.billed.issued()
    with shop.hr(MARCH) as hr:
        found = hr.read(1)
        text = plain(text_of(hr.user.get(f"{shop.base}/{newer.number}/document")["url"]))
    mail = shop.billed.portal.mail(shop.billed.administrator, "Appel de cotisation", count=2)
    assert found["to_pay_cents"] == 2 * 21196
    for said in (plain(found["means"]), plain(mail), text):
        assert "211,96 € seront prélevés le 17 mars 2025" in said
        assert "Le solde antérieur de 211,96 € n’est pas compris dans ce prélèvement" in said
        assert f"en indiquant la référence {older.reference}" in said
        assert newer.reference not in said
    assert "À régler par virement : 211,96 €" in text
    assert older.reference in "".join(text.partition("Référence à indiquer")[2].split())
    pay(shop, 21196, rank=0, day=MARCH)
    with shop.hr(MARCH) as hr:
        assert "solde antérieur" not in hr.read(1)["means"]
        assert (hr.read(0)["summary"]["state"], hr.read(1)["debit"]["amount_cents"]) == ("PAID", 21196)


def test_several_older_debts_are_each_transferred_under_their_own_reference(shop: Shop) -> None:
    """H43; one that is contested is not asked for."""
    shop.billed.run(MARCH)
    shop.sign_mandate(MARCH)
    shop.billed.run(APRIL)
    first, second, _ = shop.billed.issued()
    with shop.hr(APRIL) as hr:
        means = plain(hr.read(2)["means"])
        expect(hr.act("contestation", explanation="Madame Zorn est partie."), 201)
        contested = plain(hr.read(2)["means"])
    assert "Le solde antérieur de 423,92 €" in means
    for one in (first, second):
        assert f"211,96 € sous la référence {one.reference}" in means
    assert f"en indiquant la référence {second.reference}" in contested
    assert "211,96 € d’appels antérieurs font déjà l’objet d’un prélèvement ou d’une demande." in contested


def test_the_reference_and_the_account_of_a_pdf_can_be_copied(shop: Shop) -> None:
    """H42, H43: nothing stands between their signs but a space every four."""
    with shop.hr(FEBRUARY) as hr:
        text = text_of(hr.user.get(f"{shop.base}/{shop.number()}/document")["url"])
    [issued] = shop.billed.issued()
    assert "\u200b" not in text
    for copied in (issued.reference, bank_account().iban):
        assert copied in text.replace(" ", ""), copied
    assert "avis de prélèvement" not in text
    assert "Réglez par virement au plus tard le 17 février 2025" in plain(text)


def test_a_debit_is_announced_no_more_once_its_statement_is_paid_otherwise(shop: Shop) -> None:
    """H41, H43, H45: asked for, then paid by transfer; its notice stands in the PDF of a statement that is debited."""
    shop.sign_mandate(FEBRUARY)
    with shop.hr(LATE) as hr:
        expect(hr.act("prelevement"), 201)
        assert hr.read()["debit"]["amount_cents"] == 21196
    pay(shop, 21196, rank=0, day=LATE)
    with shop.hr(LATE) as hr:
        found = hr.read()
        [listed] = hr.listed()
    assert (found["summary"]["state"], found["debit"], listed["debit_on"]) == ("PAID", None, None)
    assert (found["means"], found["actions"][0]["instruction"]) == ("Vous n’avez rien à payer.", "")
    shop.billed.run(MARCH)
    with shop.hr(MARCH) as hr:
        assert "avis de prélèvement" in text_of(hr.user.get(f"{shop.base}/{shop.number(1)}/document")["url"])


def test_a_change_of_price_is_corrected_without_a_headcount(shop: Shop) -> None:
    """H42: nobody came or left, so « Effectif 0 » is not written."""
    dearer = [rate | {"value": "2.00"} for rate in ALONE_OR_FAMILY]
    with on(LATE):
        tariff = {"valid_from": "2025-01-01", "employer_share_percent": "50", "rates": dearer}
        assert shop.billed.change_tariff(tariff)["outcome"] == "accepted"
    shop.billed.run(MARCH)
    corrections = [one for one in shop.billed.issued()[1].groups if one.kind is LineKind.REGULARISATION]
    assert {one.heads for one in corrections} == {0}
    with shop.hr(MARCH) as hr:
        text = plain(text_of(hr.user.get(f"{shop.base}/{shop.number(1)}/document")["url"]))
    table = text.partition("Régularisations de périodes passées")[2].partition("Montant à payer")[0]
    assert " 0 " not in table
    assert "–" in table


def test_the_pdf_lost_on_its_way_is_written_when_it_is_asked_for(shop: Shop) -> None:
    [issued] = shop.billed.issued()
    documents.delete("documents", f"{issued.lines}/appel.pdf")
    path = f"{shop.base}/{shop.number()}/document"
    with shop.hr(FEBRUARY) as hr:
        assert expect(hr.user.call("GET", path), 409)["code"] == "document_not_ready"
        shop.billed.portal.settle()
        assert downloaded(hr.user.get(path)["url"]).startswith(b"%PDF")


def test_the_same_document_is_written_however_often_it_is_asked_for(shop: Shop) -> None:
    """The job may be delivered again: the same bytes at the same place."""
    [issued] = shop.billed.issued()
    job = {"document": "contribution", "number": issued.number}
    written = set()
    for _ in range(2):
        document_jobs.run(job)
        written.add(documents.read("documents", f"{issued.lines}/appel.pdf", max_bytes=10**7))
    assert len(written) == 1
    with pytest.raises(NotFound):
        document_jobs.run({"document": "contribution", "number": "nothing"})
    with pytest.raises(NotFound):
        document_jobs.run({"document": "payment_schedule", "company_id": "nobody", "contract_id": "nothing"})


# --- Regularise ----------------------------------------------------------------------------------------------------


def test_a_transfer_gives_its_reference_once_and_leaves_a_trace(shop: Shop) -> None:
    """H43, H46: payment first; the same key finds the same action, another use of it is refused."""
    with shop.hr(LATE) as hr:
        first = expect(hr.act("virement"), 201)
        again = expect(hr.act("virement"), 201)
        assert expect(hr.act("correction", reason="sortie", explanation="Partie."), 409)["code"] == "key_reused"
        trace = hr.read()["actions"]
    assert first == again
    assert (first["amount_cents"], first["reference"]) == (21196, shop.billed.issued()[0].reference)
    assert first["reference"] in first["instruction"]
    assert trace == [first]


def test_a_debit_is_announced_fourteen_days_ahead_and_holds_the_rest_back(shop: Shop) -> None:
    """H43, H46: only under a mandate, and once."""
    with shop.hr(LATE) as hr:
        assert expect(hr.act("prelevement"), 409)["code"] == "not_regularisable"
        shop.sign_mandate(FEBRUARY)
        done = expect(hr.act("prelevement", key="key-00000002"), 201)
        found = hr.read()
        assert expect(hr.act("prelevement", key="key-00000003"), 409)["code"] == "not_regularisable"
    assert done["debit_on"] == "2025-03-06"
    assert "6\u00a0mars\u00a02025" in done["instruction"]
    assert (found["summary"]["state"], found["debit"]["amount_cents"]) == ("DEBIT_SENT", 21196)
    assert contributions.to_debit(date(2025, 3, 6)).count(shop.number()) == 1


@pytest.mark.parametrize("kind", ["correction", "contestation"])
def test_a_correction_or_a_contest_is_a_demarche_that_an_agent_answers(shop: Shop, agent: Back, kind: str) -> None:
    """H43, H46, A15."""
    reason: Json = {"reason": "sortie"} if kind == "correction" else {}
    with shop.hr(LATE) as hr:
        assert faults(hr.act(kind)) >= {("explanation", "invalid")}
        expect(hr.act(kind, explanation="Madame Zorn est partie.", **reason), 201)
        waiting = hr.read()
        [request] = hr.user.get(f"/employer/companies/{shop.billed.company_id}/requests")["requests"]
        refused = expect(hr.act(kind, key="key-00000002", explanation="Encore.", **reason), 409)
    assert refused["code"] == "not_regularisable"
    assert (request["kind"], request["state"]) == ("contribution", "IN_REVIEW")
    assert waiting["summary"]["state"] == ("REGULARISING" if kind == "correction" else "DISPUTED")
    [done] = waiting["actions"]
    with aws_calls() as calls:
        read = agent.agent.get(f"/backoffice/requests/{request['request_id']}")
    read_by_key = [call for call in calls if call.operation == "dynamodb.GetItem"]
    assert len(read_by_key) == 4, "the démarche, the company, the contribution, who asked"
    company = shop.billed.file["companies"][0]["name"]
    assert (read["company_name"], read["contribution"]) == (company, asked_of(shop, kind, done))
    decide(agent, request, "accept", status=200)
    with shop.hr(LATE) as hr:
        assert hr.read()["summary"]["state"] == "OVERDUE"
    told = shop.billed.portal.mail(shop.billed.administrator, "a une réponse")
    assert shop.number() in told


def asked_of(shop: Shop, kind: str, done: Json) -> Json:
    """What an agent reads of a correction or a contest of the first statement."""
    is_correction = kind == "correction"
    return {
        "statement": shop.number(),
        "contract_number": shop.billed.issued()[0].contract_number,
        "kind": kind,
        "label": "Signaler une erreur dans l’appel" if is_correction else "Contester l’appel",
        "reason": "sortie" if is_correction else None,
        "reason_label": "Une sortie" if is_correction else None,
        "explanation": "Madame Zorn est partie.",
        "called_cents": 21196,
        "owed_cents": 21196,
        "due_on": f"{shop.billed.issued()[0].due_on}",
        "asked_by": "Anne Le Goff",
        "asked_at": done["asked_at"],
    }


def test_a_debit_that_a_contest_held_back_leaves_on_a_day_told_ahead(shop: Shop, agent: Back) -> None:
    """H43, H46, dossier 8.4: its day has passed when the agent answers; until the new one nothing else is done."""
    shop.sign_mandate(FEBRUARY)
    shop.billed.run(MARCH)
    with shop.hr(date(2025, 3, 3)) as hr:
        path = f"{shop.base}/{shop.number(1)}/actions"
        body = {"kind": "contestation", "explanation": "Madame Zorn est partie."}
        expect(hr.user.call("POST", path, json=body, headers={"Idempotency-Key": "key-00000009"}), 201)
        [request] = hr.user.get(f"/employer/companies/{shop.billed.company_id}/requests")["requests"]
    decide(agent, request, "refuse", status=200)
    day = debit_day(MARCH, told_on=clock.today())
    told = shop.billed.portal.mail(shop.billed.administrator, "a une réponse")
    assert f"211,96\u00a0€ seront prélevés le {day_in_words(day)}" in told
    assert contributions.to_debit(day).count(shop.number(1)) == 1
    held = contributions.get(shop.number(1))
    assert held is not None
    assert held.summary.state_on(day) is ContributionState.DEBIT_SENT


def decide(agent: Back, request: Json, verdict: str, *, status: int) -> Any:
    body = {"decision": verdict, "reason": "Vu les pièces."}
    path = f"/backoffice/requests/{request['request_id']}/decision"
    return expect(agent.agent.call("POST", path, json=body), status)


def test_an_agent_refuses_with_a_reason_and_answers_once(shop: Shop, agent: Back) -> None:
    """H43, H46."""
    with shop.hr(LATE) as hr:
        expect(hr.act("contestation", explanation="Déjà payé."), 201)
        [request] = hr.user.get(f"/employer/companies/{shop.billed.company_id}/requests")["requests"]
    assert decide(agent, request, "ask", status=409)["code"] == "invalid_transition"
    decide(agent, request, "refuse", status=200)
    assert decide(agent, request, "accept", status=409)["code"] == "invalid_transition"
    with shop.hr(LATE) as hr:
        assert hr.read()["summary"]["state"] == "OVERDUE"
        path = f"/employer/companies/{shop.billed.company_id}/requests/{request['request_id']}"
        assert hr.user.get(path)["reason"] == "Vu les pièces."


def test_what_was_paid_after_an_action_is_regularised_and_the_others_paid(shop: Shop) -> None:
    """H45: the four words of the list."""
    with shop.hr(LATE) as hr:
        expect(hr.act("virement"), 201)
    pay(shop, 21196, rank=0, day=LATE)
    with shop.hr(LATE) as hr:
        [one] = hr.listed()
        assert (one["listed"], one["listed_label"]) == ("regularisee", "Régularisée")
        assert [offer["kind"] for offer in hr.read()["offers"]] == ["correction"]


# --- Export --------------------------------------------------------------------------------------------------------


def exported(shop: Shop, kind: str, **query: Any) -> bytes:
    path = f"/employer/companies/{shop.billed.company_id}/contribution-exports"
    with shop.hr(date(2025, 4, 2)) as hr:
        asked = expect(hr.user.call("POST", path, json={"format": kind} | query), 202)
        place = f"{path}/{asked['export_id']}"
        assert expect(hr.user.call("GET", place), 409)["code"] == "document_not_ready"
        shop.billed.portal.settle()
        content = downloaded(hr.user.get(place)["url"])
    with shop.hr(date(2025, 4, 4)) as hr:
        expect(hr.user.call("GET", place), 404)
        expect(hr.user.call("GET", f"{path}/nothing.csv"), 404)
    return content


def test_an_export_follows_the_search_and_opens_right_in_a_french_spreadsheet(year: Shop) -> None:
    """H44, H47."""
    text = exported(year, "csv", state="a_regulariser").decode("utf-8-sig")
    header, *rows = csv.reader(io.StringIO(text, newline=""), delimiter=";")
    assert header[:3] == ["Numéro", "Nature", "Contrat"]
    [row] = rows
    assert row[2:9] == [
        *(year.billed.contract_number, "01/02/2025", "28/02/2025", "01/03/2025", "17/03/2025", "58,88", "58,88"),
    ]
    assert row[9] == "À régulariser"
    assert exported(year, "xlsx").startswith(b"PK")
    job = {"document": "contributions", "company_id": "c", "export_id": "no-name", "filters": {}}
    with pytest.raises(NotFound, match="n’existe pas"):
        document_jobs.run(job)


# --- Ledger and échéancier -----------------------------------------------------------------------------------------


def test_the_extract_of_a_contract_s_account(year: Shop) -> None:
    """H41, H45: what was called and paid, latest first, and the balance."""
    with year.hr(date(2025, 4, 2)) as hr:
        found = hr.user.get(f"{year.contract}/ledger")
    assert found["balance_cents"] == 2 * 5888
    assert [(one["label"], one["day"], one["amount_cents"]) for one in found["postings"]] == [
        ("Appel de cotisation", "2025-04-01", 5888),
        ("Appel de cotisation", "2025-03-01", 5888),
        ("Virement", "2025-02-10", -5888),
        ("Appel de cotisation", "2025-02-01", 5888),
    ]
    assert found["left_out"] == 0


def test_the_echeancier_says_what_was_called_and_what_is_to_come(year: Shop) -> None:
    """H105, H107: from the oldest that is owed on, with amounts once they are foreseen; as data and as a PDF."""
    day = date(2025, 4, 3)
    with year.hr(day) as hr:
        first = hr.user.get(f"{year.contract}/payment-schedule")
        assert (first["complete"], first["lines"][-1]["sentence"]) == (False, "Montant en cours de calcul.")
        document = f"{year.contract}/payment-schedule/document"
        assert expect(hr.user.call("GET", document), 409)["code"] == "document_not_ready"
        year.billed.portal.settle()
        found = hr.user.get(f"{year.contract}/payment-schedule")
        text = text_of(hr.user.get(document)["url"])
    assert found["complete"]
    assert [(one["period"]["first_day"], one["state"], one["amount_cents"]) for one in found["lines"][:4]] == [
        ("2025-02-01", "OVERDUE", 5888),
        ("2025-03-01", "ISSUED", 5888),
        ("2025-04-01", "FORECAST", 5888),
        ("2025-05-01", "FORECAST", 5888),
    ]
    assert found["lines"][-1]["period"]["first_day"] == "2026-02-01"
    assert found["lines"][-1]["amount_cents"] == 6008
    assert "58,88" in text
    assert "À venir" in text


def test_nothing_whose_day_is_past_is_to_come(portal: Portal, stack: Stack) -> None:
    """H107: a period that waits for pay was called to nobody, so it is due once it is, not on its day long past."""
    shop = open_shop(portal, stack, terms=PROVIDENT, risk="prevoyance")
    with on(JANUARY):
        shop.billed.enrol(starts_on="2025-01-01")
    day = date(2025, 3, 20)
    with shop.hr(day) as hr:
        lines = hr.user.get(f"{shop.contract}/payment-schedule")["lines"]
    assert [one["period"]["first_day"] for one in lines[:2]] == ["2025-02-01", "2025-03-01"]
    assert all(one["due_on"] >= f"{day}" for one in lines if one["state"] == "FORECAST")


def test_a_debt_stays_in_the_echeancier_in_its_own_state(year: Shop) -> None:
    """H107: what is owed of periods long past is shown where it stands, in their order."""
    with year.hr(date(2025, 9, 3)) as hr:
        lines = hr.user.get(f"{year.contract}/payment-schedule")["lines"]
    assert [(one["period"]["first_day"], one["state_label"]) for one in lines[:2]] == [
        ("2025-02-01", "Impayée, à régulariser"),
        ("2025-03-01", "Impayée, à régulariser"),
    ]
    assert lines[-1]["period"]["first_day"] == "2026-07-01"


def test_what_cannot_be_foreseen_is_said_on_its_line(year: Shop) -> None:
    """H107; dossier 4.1: no ceiling is known for 2027."""
    with year.hr(date(2026, 6, 1)) as hr:
        hr.user.get(f"{year.contract}/payment-schedule")
        year.billed.portal.settle()
        found = hr.user.get(f"{year.contract}/payment-schedule")["lines"][-1]
    assert found["amount_cents"] is None
    assert "2027" in found["sentence"]


def test_pay_that_is_not_declared_yet_is_foreseen_as_the_last(portal: Portal, stack: Stack) -> None:
    """H107: nothing was ever declared here, and the line says so."""
    shop = open_shop(portal, stack, terms=PROVIDENT, risk="prevoyance")
    with on(JANUARY):
        shop.billed.enrol(starts_on="2025-01-01")
    with shop.hr(FEBRUARY) as hr:
        hr.user.get(f"{shop.contract}/payment-schedule")
        portal.settle()
        found = hr.user.get(f"{shop.contract}/payment-schedule")["lines"][0]
    assert (found["amount_cents"], "déclaré" in found["sentence"]) == (None, True)


def test_a_contract_that_cannot_be_called_has_no_echeancier(portal: Portal, stack: Stack) -> None:
    shop = open_shop(portal, stack, terms={name: PROVIDENT[name] for name in PROVIDENT if name != "taxes"},
                     risk="prevoyance")  # fmt: skip
    with shop.hr(FEBRUARY) as hr:
        for path in (f"{shop.contract}/payment-schedule", f"{shop.contract}/payment-schedule/document"):
            assert faults(hr.user.call("GET", path)) == {("contributions.taxes", "invalid")}


def test_the_assistant_hands_out_the_echeancier(year: Shop) -> None:
    """H105, H107."""
    with year.hr(date(2025, 4, 3)) as hr:
        path = f"/employer/companies/{year.billed.company_id}/assistant"
        answer = hr.user.call("POST", path, json={"question": "Je voudrais mon échéancier"})
        reply = expect(answer, answer.status_code)
    assert f"{year.contract}/payment-schedule" in str(reply)


def test_a_suspended_contract_shows_as_such(shop: Shop) -> None:
    """H23, H31: in its detail and on the home page, first of all that waits."""
    assert seen_of_suspension(shop) == (None, [])
    entry = Suspension(number=shop.number(), starts_on=FEBRUARY, decided_by="agent", reason="")
    with Transaction() as transaction:
        company_id, contract_id = shop.billed.company_id, shop.billed.contract_id
        contracts.amend(transaction, company_id, contract_id, lambda held: replace(held, suspensions=(entry,)))
    since, [told] = seen_of_suspension(shop)
    assert (since, told["due_on"]) == ("2025-02-01", "2025-02-17")
    assert shop.billed.contract_number in told["title"]
    assert "Garanties suspendues depuis le 1er février 2025" in plain(told["detail"])


def seen_of_suspension(shop: Shop) -> tuple[str | None, list[Json]]:
    with shop.hr(LATE) as hr:
        waiting = hr.user.get(f"/employer/companies/{shop.billed.company_id}/home")["waiting"]
        return hr.user.get(shop.contract)["suspended_from"], [one for one in waiting if one["kind"] == "dunning"]


def test_home_counts_what_is_due(year: Shop) -> None:
    """H23, H39."""
    with year.hr(date(2025, 4, 2)) as hr:
        waiting = hr.user.get(f"/employer/companies/{year.billed.company_id}/home")["waiting"]
    [one] = [one for one in waiting if one["kind"] == "contributions"]
    assert "2 cotisations" in one["detail"].replace("\u00a0", " ")
    assert one["due_on"] == "2025-03-17"
