"""The editorial library: its life cycle, whom it is for, and that what is published is worth reading.

Requirements H98, H99, H100, H101, H102, H103, H108, H115, H116, H117.
"""

import re
from collections import Counter
from datetime import date

import pytest

from chalicelib.domain.company import Risk
from chalicelib.domain.content import Audience, BlockKind, Content, ContentKind, ContentState, read, shown
from chalicelib.texts.content import library

DAY = date(2026, 6, 1)
BOTH = frozenset(Risk)
PUBLISHED = [one for one in library() if one.state_on(DAY) is ContentState.PUBLISHED]


def made(**changes: object) -> Content:
    return Content(
        **{
            "content_id": "essai", "kind": ContentKind.FAQ, "audience": Audience.BOTH, "title": "Un essai",
            "body": "Un texte.", "owner": "Rédaction", "published_from": date(2026, 1, 1), **changes,
        }
    )  # fmt: skip


def ids(found: tuple[Content, ...]) -> set[str]:
    return {one.content_id for one in found}


@pytest.mark.parametrize(
    ("first", "end", "day", "state"),
    [
        (None, None, date(2030, 1, 1), ContentState.DRAFT),
        (date(2026, 3, 1), None, date(2026, 2, 28), ContentState.DRAFT),
        (date(2026, 3, 1), None, date(2026, 3, 1), ContentState.PUBLISHED),
        (date(2026, 3, 1), date(2026, 4, 1), date(2026, 3, 31), ContentState.PUBLISHED),
        (date(2026, 3, 1), date(2026, 4, 1), date(2026, 4, 1), ContentState.ARCHIVED),
    ],
)
def test_the_day_decides_the_state(first: date | None, end: date | None, day: date, state: ContentState) -> None:
    """H108: draft, published, archived, to the day."""
    one = made(published_from=first, archived_from=end)
    assert one.state_on(day) is state
    seen = shown([one], audience=Audience.MEMBER, risks=BOTH, on=day)
    assert bool(seen) == (state is ContentState.PUBLISHED)


def test_a_content_without_owner_or_text_or_with_days_upside_down_is_refused() -> None:
    """H108."""
    for changes in ({"owner": " "}, {"body": ""}, {"title": ""}, {"archived_from": date(2025, 1, 1)}):
        with pytest.raises(ValueError, match="essai"):
            made(**changes)


def test_each_space_sees_its_own() -> None:
    """H108: a content of the other space is not shown."""
    contents = [made(content_id=str(audience), audience=audience) for audience in Audience]
    assert ids(shown(contents, audience=Audience.EMPLOYER, risks=BOTH, on=DAY)) == {"employeur", "tous"}
    assert ids(shown(contents, audience=Audience.MEMBER, risks=BOTH, on=DAY)) == {"assure", "tous"}


def test_what_is_about_one_risk_is_for_those_who_hold_it() -> None:
    """H4, H5, A3."""
    contents = [made(content_id="any"), *(made(content_id=risk, risk=risk) for risk in Risk)]
    for risk in Risk:
        assert ids(shown(contents, audience=Audience.MEMBER, risks=frozenset({risk}), on=DAY)) == {"any", risk}
    assert ids(shown(contents, audience=Audience.MEMBER, risks=frozenset(), on=DAY)) == {"any"}


def test_the_newest_come_first_within_a_heading() -> None:
    """H101."""
    contents = [made(content_id=str(month), published_from=date(2026, month, 1)) for month in (2, 5, 3)]
    news = made(content_id="news", kind=ContentKind.NEWS, published_from=date(2026, 5, 30))
    found = shown([news, *contents], audience=Audience.MEMBER, risks=BOTH, on=DAY)
    assert [one.content_id for one in found] == ["5", "3", "2", "news"]


def test_a_text_is_read_piece_by_piece() -> None:
    blocks = made(body="Un début\nqui continue.\n\n## Titre\n- un\n- deux\nfin").blocks
    assert [(one.kind, one.text) for one in blocks] == [
        (BlockKind.PARAGRAPH, "Un début qui continue."),
        (BlockKind.HEADING, "Titre"),
        (BlockKind.ITEM, "un"),
        (BlockKind.ITEM, "deux"),
        (BlockKind.PARAGRAPH, "fin"),
    ]


def test_a_content_that_lacks_something_is_no_content() -> None:
    with pytest.raises(KeyError):
        read('[[content]]\nid = "a"\nkind = "faq"\naudience = "tous"\ntitle = "T"\nbody = "B"')
    with pytest.raises(ValueError, match="nowhere"):
        read('[[content]]\nid = "a"\nkind = "faq"\naudience = "nowhere"\ntitle = "T"\nbody = "B"\nowner = "O"')


def test_every_heading_is_filled_for_both_spaces() -> None:
    """H98, H99, H100, H101, H102, H103, M90, M91, M92, M93, M94, M95."""
    for audience in (Audience.EMPLOYER, Audience.MEMBER):
        seen = shown(library(), audience=audience, risks=BOTH, on=DAY)
        counted = Counter(one.kind for one in seen)
        assert counted[ContentKind.FAQ] >= 8
        assert counted[ContentKind.PREVENTION] >= 4
        assert counted[ContentKind.NEWS] >= 3
        assert counted[ContentKind.PARTNER] >= 4
        assert counted[ContentKind.TUTORIAL] >= 2
        assert all(one.contact for one in seen if one.kind is ContentKind.PARTNER)


def test_the_library_holds_a_draft_and_an_archived_content() -> None:
    """H108: both states occur, and neither is shown."""
    states = {one.state_on(DAY) for one in library()}
    assert states == set(ContentState)


def test_the_cases_of_reimbursement_say_what_to_send() -> None:
    """H2, H139, H140, H141, H142, H143, H144, H145, H146, H147; M102, M103, M104, M105, M106, M107, M108, M109, M110.

    The help tells each case of the guides.
    """
    bodies = {one.content_id: one.body.lower() for one in PUBLISHED}
    case1 = bodies["faq-remboursement-tiers-payant"]
    assert "n’avance pas de frais" in case1
    assert "rien à envoyer" in case1
    case2 = bodies["faq-remboursement-teletransmission"]
    assert "règle le soin" in case2
    assert "facture acquittée" in case2
    case3 = bodies["faq-remboursement-decomptes"]
    for document in ("décomptes de la sécurité sociale", "facture acquittée", "prescription médicale"):
        assert document in case3
    none = bodies["faq-soins-non-pris-en-charge"]
    for word in (
        "facture acquittée", "prescription médicale", "chambre particulière", "médicaments non pris en charge",
        "médecines alternatives",
    ):  # fmt: skip
        assert word in none


def test_the_dsn_page_says_what_it_is_how_to_set_it_up_and_how_to_use_it() -> None:
    """H115, H116, H117: in that order."""
    pages = shown(library(), audience=Audience.EMPLOYER, risks=frozenset(), on=DAY, kind=ContentKind.DSN)
    assert [one.content_id for one in pages] == ["dsn-definition", "dsn-mise-en-place", "dsn-utilisation"]


@pytest.mark.parametrize("one", PUBLISHED, ids=lambda one: one.content_id)
def test_what_is_published_is_typeset_in_french(one: Content) -> None:
    """M117: no-break spaces and apostrophes, no lone straight quote."""
    text = f"{one.title}\n{one.body}"
    assert not re.search(r"(?<=\S) [:;!?»€%]|« |'", text), one.content_id
    assert not re.search(r"[^\s\u00a0:/][;!?](?=\s|$)", text), one.content_id


def test_contacts_are_made_up() -> None:
    """No real address or number stands in the library."""
    for one in library():
        if one.contact:
            assert one.contact.email.endswith(".example")
            assert one.contact.website.endswith(".example")
            assert re.match(r"0(1 99 00|2 61 91|3 53 01|4 65 71|5 36 49) \d\d \d\d", one.contact.phone)
