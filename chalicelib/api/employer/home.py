"""The home page of a company's espace RH (H22–H28)."""

from datetime import date

from chalicelib.api.routing import ApiBlueprint
from chalicelib.api.schemas import View
from chalicelib.api.session import Access, Caller
from chalicelib.domain.company import Risk
from chalicelib.domain.journal import DataGroup
from chalicelib.domain.member import LABELS, AffiliationState
from chalicelib.domain.shortcuts import LABELS as SHORTCUTS
from chalicelib.domain.shortcuts import Offer, Shortcut
from chalicelib.services import home
from chalicelib.services.home import Home, WaitingKind

blueprint = ApiBlueprint(__name__, tag="Espace RH")

MENU = (
    ("home", "Accueil"),
    ("contracts", "Mes contrats"),
    ("contributions", "Mes cotisations"),
    ("employees", "Mes salariés"),
    ("requests", "Mes démarches en ligne"),
    ("services", "Services & informations"),
    ("company", "Mon entreprise"),
)


class MenuEntryView(View):
    """One entry of the menu, in the menu's order."""

    entry: str
    label: str


class ShortcutView(View):
    """What one may start from here; ``reason`` says why not."""

    action: Shortcut
    label: str
    available: bool
    reason: str | None

    @classmethod
    def all_of(cls, offers: tuple[Offer, ...]) -> list["ShortcutView"]:
        """The views of shortcuts."""
        return [
            cls(action=one.shortcut, label=SHORTCUTS[one.shortcut], available=one.reason is None, reason=one.reason)
            for one in offers
        ]


class CountView(View):
    """How many employees are in a state."""

    state: AffiliationState
    state_label: str
    employees: int


class WaitingView(View):
    """One thing that waits for HR; the ids say where it is seen to."""

    kind: WaitingKind
    title: str
    detail: str
    due_on: date | None
    request_id: str | None
    member_id: str | None


class NewsView(View):
    """A piece of news, to be read under « Services & informations »."""

    content_id: str
    title: str


class HomeView(View):
    """The home page of a company; ``waiting`` is in the order of the days by which things are due."""

    company_id: str
    company_name: str
    risks: list[Risk]
    menu: list[MenuEntryView]
    headcount: list[CountView]
    waiting: list[WaitingView]
    shortcuts: list[ShortcutView]
    news: list[NewsView]

    @classmethod
    def of(cls, page: Home) -> "HomeView":
        """The view of a home page."""
        return cls(
            company_id=page.company.company_id,
            company_name=page.company.name,
            risks=sorted(page.risks),
            menu=[MenuEntryView(entry=entry, label=label) for entry, label in MENU],
            headcount=[
                CountView(state=state, state_label=LABELS[state], employees=count)
                for state, count in page.headcount.items()
            ],
            waiting=[WaitingView.model_validate(one) for one in page.waiting],
            shortcuts=ShortcutView.all_of(page.offers),
            news=[NewsView.model_validate(one) for one in page.news],
        )


@blueprint.endpoint(
    "GET",
    "/employer/companies/{company_id}/home",
    access=Access.COMPANY_READER,
    summary="Accueil de l’espace RH",
    response=HomeView,
    items=("H4", "H5", "H22", "H23", "H24", "H25", "H26", "H27", "H28"),
    journal=(DataGroup.IDENTITY,),
)
def read_home(caller: Caller, company_id: str) -> HomeView:
    """Headcount by state, what waits for HR, and the shortcuts that role and contracts open."""
    return HomeView.of(home.read(company_id, caller.account.role))
