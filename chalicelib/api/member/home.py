"""The member's home page (M17–M23)."""

from datetime import date

from chalicelib.api.routing import ApiBlueprint
from chalicelib.api.schemas import View
from chalicelib.api.session import Access, Caller
from chalicelib.domain.company import Risk
from chalicelib.domain.member_shortcuts import ENTRY_LABELS, LABELS, Entry, MemberShortcut, Offer, entry_reason
from chalicelib.services import member_home
from chalicelib.services.member_home import Home, MemberWaitingKind

blueprint = ApiBlueprint(__name__, tag="Espace personnel")


class MemberEntryView(View):
    """One entry of the menu, in the menu's order; ``reason`` says why it is closed."""

    entry: Entry
    label: str
    available: bool
    reason: str | None


class MemberShortcutView(View):
    """What one may start from here; ``reason`` says why not."""

    action: MemberShortcut
    label: str
    available: bool
    reason: str | None

    @classmethod
    def of(cls, one: Offer) -> "MemberShortcutView":
        """The view of a shortcut."""
        return cls(action=one.shortcut, label=LABELS[one.shortcut], available=one.reason is None, reason=one.reason)


class MemberWaitingView(View):
    """One thing that waits for the member; the ids say where it is seen to."""

    kind: MemberWaitingKind
    title: str
    detail: str
    due_on: date | None
    request_id: str | None
    beneficiary_id: str | None


class MemberNewsView(View):
    """A piece of news, to be read under « Services & informations »."""

    content_id: str
    title: str


class MemberHomeView(View):
    """The home page; ``waiting`` is in the order of the days by which things are due.

    ``reimbursements_this_year`` is absent without santé; ``more_reimbursements`` says that there are even more.
    """

    name: str
    risks: list[Risk]
    menu: list[MemberEntryView]
    reimbursements_this_year: int | None
    more_reimbursements: bool
    open_requests: int
    waiting: list[MemberWaitingView]
    shortcuts: list[MemberShortcutView]
    news: list[MemberNewsView]

    @classmethod
    def of(cls, page: Home) -> "MemberHomeView":
        """The view of a home page."""
        reasons = {entry: entry_reason(entry, page.held) for entry in Entry}
        return cls(
            name=page.member.name,
            risks=sorted(page.held),
            menu=[
                MemberEntryView(entry=entry, label=ENTRY_LABELS[entry], available=reason is None, reason=reason)
                for entry, reason in reasons.items()
            ],
            reimbursements_this_year=page.reimbursements,
            more_reimbursements=page.more,
            open_requests=page.open_requests,
            waiting=[MemberWaitingView.model_validate(one) for one in page.waiting],
            shortcuts=[MemberShortcutView.of(one) for one in page.offers],
            news=[MemberNewsView.model_validate(one) for one in page.news],
        )


@blueprint.endpoint(
    "GET",
    "/member/home",
    access=Access.MEMBER,
    summary="Accueil de l’espace personnel",
    response=MemberHomeView,
    items=("M17", "M18", "M19", "M20", "M21", "M22", "M23", "M39", "M116"),
)
def read_home(caller: Caller) -> MemberHomeView:
    """What waits for the member, and the shortcuts that their contracts open; words say why the others are closed."""
    return MemberHomeView.of(member_home.read(caller.member_id))
