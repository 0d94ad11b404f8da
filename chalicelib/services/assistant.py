"""The assistant of both spaces: answers at once, cites its source, acts with the caller's own rights (H104–H107, A11).

It reads through the services that serve the routes: it knows nothing that its caller may not read, and for an employer
nothing of any care. What it does not know it says, and hands over to people.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from chalicelib import clock, settings
from chalicelib.domain.assistant.intents import Action, Intent, intents, stems
from chalicelib.domain.assistant.matching import match, ranking
from chalicelib.domain.balances import Balance, Renewal
from chalicelib.domain.company import Broker, Contract, Risk
from chalicelib.domain.content import Audience, Contact, ContentKind
from chalicelib.domain.decomptes import Filters
from chalicelib.domain.dsn_sheet import FREQUENCIES
from chalicelib.domain.errors import FieldErrors, NotFound, Refused
from chalicelib.domain.member import Member
from chalicelib.domain.money import in_euros
from chalicelib.domain.payment_schedule import due_dates
from chalicelib.domain.request import LABELS, RequestSummary
from chalicelib.gateways import bedrock
from chalicelib.observability import log
from chalicelib.services import (
    balances,
    cards,
    claims,
    companies,
    contribution_schedules,
    employees,
    employer_requests,
    information,
    own_space,
    reimbursement_list,
    throttling,
)
from chalicelib.texts.dates import day_in_words

DUE_DATES_SHOWN = 4
QUESTIONS_TO_THE_MODEL = 30
ITEMS_SHOWN = 5
SUGGESTIONS = 4
SIDES = {"left": ", côté gauche", "right": ", côté droit"}
RISKS = {Risk.HEALTH: "santé", Risk.PROVIDENT: "prévoyance"}
DONT_KNOW = "Je ne sais pas répondre à cette question. Ces personnes le pourront."
NOT_YOURS = "Cette démarche ne concerne pas vos contrats."
PAGES = {
    Audience.EMPLOYER: {
        "employees": ("Mes salariés", "/employer/companies/{company_id}/employees"),
        "contracts": ("Mes contrats", "/employer/companies/{company_id}/contracts"),
        "requests": ("Mes démarches", "/employer/companies/{company_id}/requests"),
        "pre-affiliations": ("Affilier des salariés", "/employer/companies/{company_id}/pre-affiliations"),
        "dsn": ("Ma DSN", "/employer/companies/{company_id}/dsn"),
        "contents": ("Services et informations", "/employer/companies/{company_id}/contents"),
    },
    Audience.MEMBER: {
        "card": ("Ma carte de tiers payant", "/member/card"),
        "contracts": ("Contrat", "/member"),
        "requests": ("Mes démarches", "/member/requests"),
        "reimbursements": ("Mes remboursements santé", "/member/reimbursements"),
        "balances": ("Mes plafonds et forfaits", "/member/balances"),
        "claims": ("Demander un remboursement", "/member/claims"),
        "contents": ("Services et informations", "/member/contents"),
    },
}


@dataclass(frozen=True, slots=True)
class Source:
    """What an answer rests on: a content of the library, or the caller's own data, each by its path in the API."""

    title: str
    path: str


@dataclass(frozen=True, slots=True)
class Target:
    """Where to go on: a page by its path in the API, or a document by a link that works for a few minutes."""

    label: str
    path: str | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Fact:
    """One line of an answer made of data."""

    label: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Handover:
    """Whom to ask instead: the company's broker and the insurer."""

    broker: Broker
    mailbox: str
    contact: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What the assistant says; ``intent`` is ``None`` when it does not know."""

    text: str
    intent: str | None = None
    facts: tuple[Fact, ...] = ()
    contacts: tuple[Contact, ...] = ()
    sources: tuple[Source, ...] = ()
    links: tuple[Target, ...] = ()
    handover: Handover | None = None
    suggestions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """Who asks what, and what they may read: a company's user, or a member.

    ``employee_id`` is whom a user asks about.
    """

    audience: Audience
    question: str
    company_id: str
    member: Member | None = None
    employee_id: str | None = None
    read: dict[str, list[Contract]] = field(default_factory=dict)

    @property
    def contracts(self) -> list[Contract]:
        """The contracts the caller may read, read once."""
        if "contracts" not in self.read:
            held = own_space.contracts_of(self.member) if self.member else companies.contracts_of(self.company_id)
            self.read["contracts"] = held
        return self.read["contracts"]

    @property
    def risks(self) -> frozenset[Risk]:
        """The risks that decide what the caller's space shows."""
        return information.risks_held(self.member) if self.member else information.risks_of(self.contracts)

    def page(self, name: str) -> Target:
        """A page of the caller's space."""
        label, path = PAGES[self.audience][name]
        return Target(label, path=path.format(company_id=self.company_id))

    def source(self, name: str) -> Source:
        """The caller's own data behind a page."""
        page = self.page(name)
        return Source(page.label, page.path or "")


def ask_for_company(company_id: str, question: str, *, employee_id: str | None = None) -> Reply:
    """The answer to a user of a company; ``employee_id`` is the employee whose sheet is open, if any (H104–H107).

    Errors: ``NotFound`` for an employee of another company.
    """
    asker = Asker(audience=Audience.EMPLOYER, question=question, company_id=company_id, employee_id=employee_id)
    return _answer(asker)


def ask_for_member(member_id: str, question: str) -> Reply:
    """The answer to a member (M96–M98)."""
    member = own_space.member(member_id)
    return _answer(Asker(audience=Audience.MEMBER, question=question, company_id=member.company_id, member=member))


def _answer(asker: Asker) -> Reply:
    intent = _understand(asker.question, asker)
    if intent is None:
        return _unknown(asker.question, asker)
    return replace(ANSWERS[intent.action](asker, intent), intent=intent.intent_id)


def _understand(question: str, asker: Asker) -> Intent | None:
    """By the words; when they do not suffice and a model is set, by the model, among the same list.

    The model costs: a space that has asked it often lately is answered by the words alone.
    """
    found = match(question, asker.audience)
    if found or not settings.assistant_model():
        return found.intent if found else None
    space = asker.member.member_id if asker.member else asker.company_id
    if not throttling.has_share_left("assistant-model", target=space, limit=QUESTIONS_TO_THE_MODEL):
        log("assistant_model_spared")
        return None
    known = {one.intent_id: one for one in intents(asker.audience)}
    try:
        chosen = bedrock.choose(question, {name: one.phrases[0] for name, one in known.items()})
    except bedrock.ModelUnavailable as trouble:
        log("assistant_model_unavailable", code=trouble.code)
        return None
    return known[chosen] if chosen else None


def _unknown(question: str, asker: Asker) -> Reply:
    near = [one.intent for one in ranking(question, asker.audience)]
    offered = [*near, *(one for one in intents(asker.audience) if one not in near)]
    return Reply(
        text=DONT_KNOW,
        handover=_handover(asker),
        suggestions=tuple(one.phrases[0] for one in offered[:SUGGESTIONS]),
    )


def _handover(asker: Asker) -> Handover:
    insurer = settings.insurer()
    return Handover(
        broker=companies.get(asker.company_id).broker, mailbox=insurer.production_mailbox, contact=insurer.contact
    )


def _content(asker: Asker, intent: Intent) -> Reply:
    published = {one.content_id: one for one in information.published(asker.audience, asker.risks)}
    found = [published[content_id] for content_id in intent.contents if content_id in published]
    if not found:
        return Reply(text=NOT_YOURS, sources=(asker.source("contracts"),))
    helping = [one for one in found if one.kind is not ContentKind.TUTORIAL]
    text = helping[0].body if len(helping) == 1 else "\n\n".join(f"## {one.title}\n\n{one.body}" for one in helping)
    return Reply(
        text=text,
        sources=tuple(Source(one.title, f"{asker.page('contents').path}/{one.content_id}") for one in found),
        links=(asker.page(intent.page),) if intent.page else (),
    )


def _card(asker: Asker, intent: Intent) -> Reply:
    """The card itself for the member, and for an employer who says whose; otherwise where to find it.

    Whoever has no card is told why, and led nowhere that does not exist for them (A3).
    """
    if asker.member is None and asker.employee_id is None:
        return _content(asker, intent)
    member = asker.member or employees.get(asker.company_id, asker.employee_id or "")
    page = asker.page("card") if asker.member else asker.page("employees")
    path = page.path if asker.member else f"{page.path}/{member.member_id}/card"
    source = Source("Carte de tiers payant", path or "")
    try:
        url = cards.link(member)
    except NotFound as reason:
        return Reply(text=reason.sentence, sources=(asker.source("contracts" if asker.member else "employees"),))
    except Refused as reason:
        return Reply(text=reason.sentence, sources=(source,), links=(page,))
    return Reply(
        text="Voici la carte de tiers payant. Le lien fonctionne quelques minutes.",
        sources=(source,),
        links=(Target("Carte de tiers payant (PDF)", url=url),),
    )


def _payment_schedule(asker: Asker, intent: Intent) -> Reply:
    facts = tuple(fact for contract in asker.contracts for fact in _schedule(asker, contract))
    if not facts:
        return Reply(text="Aucune échéance n’est à venir.", sources=(asker.source("contracts"),))
    text = "Voici les prochaines échéances de vos contrats."
    links = [asker.page("contracts")]
    if asker.member:
        text = "Votre employeur règle la cotisation aux échéances du contrat et retient votre part sur votre salaire."
    else:
        links += [_schedule_of(asker, contract) for contract in asker.contracts]
    return Reply(text=text, facts=facts, sources=(asker.source("contracts"),), links=tuple(links))


def _schedule_of(asker: Asker, contract: Contract) -> Target:
    """Where the whole échéancier of a contract is, as data; its PDF lies beside."""
    path = f"{asker.page('contracts').path}/{contract.contract_id}/payment-schedule"
    return Target(f"Échéancier du contrat {contract.number}", path=path)


def _schedule(asker: Asker, contract: Contract) -> tuple[Fact, ...]:
    """The next due dates of a contract; for the company that pays, with what each is foreseen to cost."""
    terms, today = contract.terms, clock.today()
    how = f"{FREQUENCIES[terms.frequency].lower()}, {'d’avance' if terms.in_advance else 'à terme échu'}"
    amounts = {} if asker.member else _amounts(contract)
    ahead = due_dates(terms, contract.period, since=today, lines=DUE_DATES_SHOWN)
    return tuple(
        Fact(
            f"{contract.number} ({how})",
            f"{day_in_words(one.due_on)}, pour la période du {day_in_words(one.first_day)} "
            f"au {day_in_words(one.last_day)}{amounts.get(one.first_day, '')}",
        )
        for one in ahead
    )


def _amounts(contract: Contract) -> dict[date, str]:
    """What each period of a contract costs, as far as that is known, by its first day."""
    try:
        found = contribution_schedules.read(contract)
    except FieldErrors:
        return {}
    return {
        line.period.start: f"\u00a0: {in_euros(line.amount_cents)} ({line.state.label.lower()})"
        for line in found.lines
        if line.amount_cents is not None
    }


def _contracts(asker: Asker, intent: Intent) -> Reply:
    facts = tuple(
        Fact(one.number, f"{one.label} ({RISKS[one.risk]}), depuis le {day_in_words(one.starts_on)}")
        for one in asker.contracts
    )
    return Reply(
        text="Voici vos contrats. Leurs garanties et leurs documents s’ouvrent depuis la page «\u00a0"
        f"{asker.page('contracts').label}\u00a0».",
        facts=facts,
        sources=(asker.source("contracts"),),
        links=(asker.page("contracts"),),
    )


def _broker(asker: Asker, intent: Intent) -> Reply:
    broker = companies.get(asker.company_id).broker
    facts = (Fact("Nom", broker.name), Fact("Téléphone", broker.phone), Fact("E-mail", broker.email))
    return Reply(
        text="Voici le courtier qui conseille l’entreprise.", facts=facts, sources=(asker.source("contracts"),)
    )


def _requests(asker: Asker, intent: Intent) -> Reply:
    found: list[RequestSummary]
    if asker.member:
        found = claims.of_member(asker.member.member_id)[:ITEMS_SHOWN]
    else:
        found, _ = employer_requests.page(asker.company_id, before=None, limit=ITEMS_SHOWN)
    facts = tuple(Fact(f"{one.title}, {day_in_words(clock.paris_day(one.created_at))}", _state(one)) for one in found)
    text = "Voici vos dernières demandes." if found else "Vous n’avez aucune demande."
    return Reply(text=text, facts=facts, sources=(asker.source("requests"),), links=(asker.page("requests"),))


def _state(one: RequestSummary) -> str:
    if not one.missing:
        return LABELS[one.state]
    return f"{LABELS[one.state]} ({one.missing} pièce{'s' if one.missing > 1 else ''} à envoyer)"


def _reimbursements(asker: Asker, intent: Intent) -> Reply:
    """Days and amounts only: what each was for stays on its own page (A12)."""
    source = asker.source("reimbursements")
    member_id = asker.member.member_id if asker.member else ""
    try:
        found, _ = reimbursement_list.page(member_id, Filters(), before=None)
    except NotFound as reason:
        return Reply(text=reason.sentence, sources=(asker.source("contracts"),))
    facts = tuple(
        Fact(day_in_words(clock.paris_day(one.decided_at)), in_euros(one.complementary_cents))
        for one in (shown.reimbursement for shown in found[:ITEMS_SHOWN])
    )
    text = "Voici vos derniers remboursements." if facts else "Aucun remboursement n’a encore été décidé."
    return Reply(text=text, facts=facts, sources=(source,), links=(asker.page("reimbursements"),))


def _balances(asker: Asker, intent: Intent) -> Reply:
    """What is left of the ceilings that the question names, or of all; nothing of those who are hidden (A12)."""
    member_id = asker.member.member_id if asker.member else ""
    try:
        found = balances.of_member(member_id)
    except NotFound as reason:
        return Reply(text=reason.sentence, sources=(asker.source("contracts"),))
    every: list[tuple[str, Fact]] = []
    for one in found.people:
        every += [(ceiling.label, _left(ceiling, one.person.name)) for ceiling in one.ceilings]
        every += [(renewal.label, _renewed(renewal, one.person.name)) for renewal in one.renewals]
    asked = set(stems(asker.question))
    named = tuple(fact for label, fact in every if asked.intersection(stems(label)))
    text = "Voici ce qu’il reste des plafonds et forfaits de votre contrat."
    if not every:
        text = "Votre contrat n’a pas de plafond dont un solde est à suivre."
    return Reply(
        text=text,
        facts=named or tuple(fact for _, fact in every),
        sources=(asker.source("balances"),),
        links=(asker.page("balances"),),
    )


def _left(one: Balance, name: str) -> Fact:
    left = []
    if one.units_left is not None:
        left.append(f"{one.units_left} sur {one.most_units}")
    if one.cents_left is not None:
        left.append(f"{in_euros(one.cents_left)} sur {in_euros(one.budget_cents or 0)}")
    until = f", jusqu’au {day_in_words(one.renews_on - timedelta(days=1))}" if one.renews_on else ""
    return Fact(_of_whom(one.label, one.location, name), f"{' et '.join(left)}{until}")


def _renewed(one: Renewal, name: str) -> Fact:
    value = f"acheté le {day_in_words(one.bought_on)}, à nouveau remboursé à partir du {day_in_words(one.renews_on)}"
    return Fact(f"Renouvellement, {_of_whom(one.label, one.location, name)}", value)


def _of_whom(label: str, location: str | None, name: str) -> str:
    return f"{label}{SIDES.get(location or '', '')} ({name})"


def _dsn(asker: Asker, intent: Intent) -> Reply:
    page = asker.page("dsn")
    own = tuple(
        Target(
            f"Fiche de paramétrage du contrat {one.number}",
            path=f"{asker.page('contracts').path}/{one.contract_id}/dsn",
        )
        for one in asker.contracts
    )
    guide = Target("Guide de la DSN", path=f"{page.path}/guide")
    return replace(_content(asker, intent), links=(page, guide, *own))


def _partners(asker: Asker, intent: Intent) -> Reply:
    reply = _titles(asker, ContentKind.PARTNER, "Voici les services de nos partenaires et comment les joindre.")
    found = information.published(asker.audience, asker.risks, ContentKind.PARTNER)
    return replace(reply, contacts=tuple(one.contact for one in found if one.contact))


def _titles(asker: Asker, kind: ContentKind, text: str) -> Reply:
    found = information.published(asker.audience, asker.risks, kind)[:ITEMS_SHOWN]
    page = asker.page("contents").path
    sources = tuple(Source(one.title, f"{page}/{one.content_id}") for one in found)
    return Reply(text=text, sources=sources, links=tuple(Target(one.title, path=one.path) for one in sources))


def _contact(asker: Asker, intent: Intent) -> Reply:
    return Reply(text=settings.insurer().contact, handover=_handover(asker), sources=(asker.source("contracts"),))


def _complaint(asker: Asker, intent: Intent) -> Reply:
    insurer = settings.insurer()
    return Reply(text=f"{insurer.complaints} {insurer.mediator}", sources=(Source(insurer.name, ""),))


ANSWERS: dict[Action, Callable[[Asker, Intent], Reply]] = {
    Action.CONTENT: _content,
    Action.CARD: _card,
    Action.PAYMENT_SCHEDULE: _payment_schedule,
    Action.CONTRACTS: _contracts,
    Action.BROKER: _broker,
    Action.REQUESTS: _requests,
    Action.REIMBURSEMENTS: _reimbursements,
    Action.BALANCES: _balances,
    Action.DSN: _dsn,
    Action.PARTNERS: _partners,
    Action.NEWS: lambda asker, intent: _titles(asker, ContentKind.NEWS, "Voici les dernières actualités."),
    Action.PREVENTION: lambda asker, intent: _titles(
        asker, ContentKind.PREVENTION, "Voici nos articles de prévention."
    ),
    Action.TUTORIALS: lambda asker, intent: _titles(asker, ContentKind.TUTORIAL, "Voici les tutoriels de l’espace."),
    Action.CONTACT: _contact,
    Action.COMPLAINT: _complaint,
}
