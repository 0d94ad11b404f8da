"""A company declares that an employee is off work, and follows the file: draft, clock, documents, decision (H88–H95).

A declaration is a request; what follows a stoppage (a prolongation, a return, a relapse) is a request of its own that
is written together with the opening it goes on from.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from functools import partial

from chalicelib import clock
from chalicelib.domain.account import Account
from chalicelib.domain.company import Contract, Risk
from chalicelib.domain.errors import Conflict, FieldErrors, NoParameterFor, NotFound, Refused
from chalicelib.domain.member import COVERING, Affiliation, Member
from chalicelib.domain.periods import Period, add_months
from chalicelib.domain.request import AgentQueue, Request, RequestKind, RequestState, Ruling, Verdict
from chalicelib.domain.work_stoppage import tracking
from chalicelib.domain.work_stoppage.complement import Indemnity, indemnity, standing
from chalicelib.domain.work_stoppage.cover import WorkStoppageCover
from chalicelib.domain.work_stoppage.declaration import Declaration, draft_follow_up, draft_opening
from chalicelib.domain.work_stoppage.kinds import Movement, StoppageKind
from chalicelib.domain.work_stoppage.payments import PaymentKind, StoppagePayment
from chalicelib.domain.work_stoppage.questions import StoppageDocument, answers_to_data, document_of, read_answers
from chalicelib.domain.work_stoppage.state import StoppageState
from chalicelib.domain.work_stoppage.stoppage import Stoppage
from chalicelib.domain.work_stoppage.stoppage_file import files_of, overlapped
from chalicelib.services import companies, employees, employer_requests, messages, openers, tokens
from chalicelib.services.claims import reference
from chalicelib.services.deadlines import settle_unless_busy
from chalicelib.storage import outbox, requests
from chalicelib.storage.transaction import Stale, Transaction, retry_stale
from chalicelib.texts.dates import day_in_words

DRAFTS_AT_ONCE = 5000
OPEN_ENDED_MONTHS = 12
LATEST_REQUESTS = 100
ENDED = (RequestState.DRAFT, RequestState.REFUSED, RequestState.CLOSED)

TELLS = {
    Verdict.ACCEPT: "work_stoppage_decided",
    Verdict.REFUSE: "work_stoppage_decided",
    Verdict.CLOSE: "work_stoppage_decided",
    Verdict.ASK: "work_stoppage_documents_asked",
}
"""The mail that tells the employer's user to look at the space; it says nothing of the stoppage."""


def provident_contracts(company_id: str) -> list[Contract]:
    """The contracts of a company on which a stoppage may be declared (H88)."""
    return [one for one in companies.contracts_of(company_id) if one.risk is Risk.PROVIDENT]


def start(
    company_id: str, account: Account, *, member_id: str, contract_id: str, kind: StoppageKind, key: str
) -> Request:
    """Begin the draft of a new stoppage of an employee (H89, H90). The same ``key`` again gives the same draft.

    Errors: ``NotFound``; ``Refused`` for another contract than a prévoyance one (H88); ``FieldErrors`` on
    ``contract_id``.
    """
    member = employees.get(company_id, member_id)
    affiliation = _affiliation(member, contract_id)
    draft = draft_opening(
        declaration_id=tokens.derived_id("work-stoppage", company_id, member_id, key),
        company_id=company_id,
        member_id=member_id,
        contract_id=contract_id,
        risk=affiliation.risk,
        kind=kind,
        at=clock.now(),
    )
    return _begin(draft, account, member)


def follow_up(company_id: str, request_id: str, account: Account, *, movement: Movement, key: str) -> Request:
    """Begin the draft of what follows a stoppage that was declared. The same ``key`` again gives the same draft.

    Errors: ``NotFound``; ``Conflict`` when the file cannot be followed so; ``FieldErrors`` for an opening.
    """
    if movement is Movement.OPENING:
        sentence = "Un nouvel arrêt se déclare depuis la fiche du salarié."
        raise FieldErrors.on("movement", sentence, "opening")
    opening = _opening(get(company_id, request_id))
    draft = draft_follow_up(
        tracking.stoppage_of(opening),
        declaration_id=tokens.derived_id("work-stoppage", opening.request_id, key),
        movement=movement,
        at=clock.now(),
    )
    return _begin(draft, account, employees.get(company_id, opening.member_id))


def _begin(draft: Declaration, account: Account, member: Member) -> Request:
    request = tracking.begun(draft, account_id=account.account_id, member_name=member.name)
    known = requests.get(request.request_id)
    if known is not None:
        return known
    try:
        return _keep(request)
    except Stale:
        return get(draft.company_id, request.request_id)


def get(company_id: str, request_id: str) -> Request:
    """The request of one declaration of a company (H121).

    Errors: ``NotFound``.
    """
    request = employer_requests.get(company_id, request_id)
    if request.stoppage is None:
        raise NotFound
    return request


def save(company_id: str, request_id: str, answers: Mapping[str, object]) -> Request:
    """Keep the answers of a draft, which may stay incomplete (H91, H95).

    Errors: ``NotFound``; ``FieldErrors`` at places such as ``answers.starts_on``; ``Conflict`` once declared.
    """

    def attempt() -> Request:
        request = get(company_id, request_id)
        filled = tracking.stoppage_of(request).answered(answers, today=clock.today())
        return _keep(tracking.followed(request, filled, at=clock.now(), actor="employer"))

    return retry_stale(attempt)


def drop(company_id: str, request_id: str, account: Account) -> None:
    """Give up a draft: nothing that was answered is kept, and the tracker shows it closed. Safe to repeat.

    Errors: ``NotFound``; ``Conflict`` once declared.
    """

    def attempt() -> None:
        request = get(company_id, request_id)
        if request.state is not RequestState.CLOSED:
            actor, now = _actor(account), clock.now()
            dropped = tracking.stoppage_of(request).dropped(at=now, actor=actor)
            _keep(tracking.followed(request, dropped, at=now, actor=actor))

    retry_stale(attempt)


def declare(company_id: str, request_id: str, account: Account) -> Request:
    """Send a draft: its file gets a number, its documents are awaited, and whoever sends it gets a receipt (H92, H95).

    A late one is accepted and flagged, with its reason (A5).
    Errors: ``NotFound``; ``FieldErrors`` with every fault; ``Conflict`` for a stoppage that is declared already.
    """
    return retry_stale(partial(_declare, company_id, request_id, account))


def _declare(company_id: str, request_id: str, account: Account) -> Request:
    request = get(company_id, request_id)
    draft = tracking.stoppage_of(request)
    covered = _affiliation(employees.get(company_id, draft.member_id), draft.contract_id).period
    now, actor = clock.now(), _actor(account)
    opening = _opening(request) if draft.opening_id else None
    if opening is None:
        number = _number(draft)
        sent, occasion = draft.declared(at=now, actor=actor, covered=covered, number=number), number
        _check_apart(sent)
    else:
        file = tracking.stoppage_of(opening)
        current = files_of(file.told)[-1].period
        sent, occasion = draft.declared(at=now, actor=actor, covered=covered, current=current), request_id
        opening = tracking.followed(opening, file.followed_by(sent, at=now, actor=actor), at=now, actor=actor)
    declared = tracking.declared(request, sent, at=now, actor=actor)
    with Transaction() as transaction:
        requests.save(transaction, declared)
        if opening is not None:
            requests.save(transaction, opening)
        message_id = messages.write(
            transaction,
            occasion=_receipt(occasion),
            template="work_stoppage_received",
            recipient=account.email,
            context={"reference": reference(request_id), "file_number": sent.number or ""},
            about=request_id,
        )
    messages.dispatch(message_id)
    return replace(declared, version=declared.version + 1)


def _number(draft: Declaration) -> str:
    """The number of the file of a stoppage: always the same one for the same employee, contract and first day.

    After a refusal the same stoppage may be declared again, under the next rank.
    Errors: ``Conflict`` when it is declared already.
    """
    base = tokens.derived_id("stoppage", draft.contract_id, draft.member_id, str(draft.first_day))[:10].upper()
    number, rank = f"ARR-{base}", 1
    while (receipt := outbox.get(_receipt(number))) is not None:
        earlier = requests.get(receipt.about)
        if earlier is None or tracking.stoppage_of(earlier).state is not StoppageState.REJECTED:
            sentence = f"Cet arrêt est déjà déclaré, sous le numéro {number}."
            raise Conflict("already_declared", sentence, request_id=receipt.about)
        rank += 1
        number = f"ARR-{base}-{rank}"
    return number


def _check_apart(opening: Declaration) -> None:
    """Two franchises never run at once: what goes on from a stoppage is declared in its file.

    Errors: ``FieldErrors`` on the first day, naming the open file that has some of these days already.
    """
    latest, _ = requests.page_about_member(opening.member_id, before=None, limit=LATEST_REQUESTS)
    told = [one.request_id for one in latest if one.kind is RequestKind.WORK_STOPPAGE and one.state not in ENDED]
    known = overlapped(opening, [one.stoppage for one in requests.several(told) if one.stoppage])
    if known is not None:
        period = known.period
        last = f" au {period.end - timedelta(days=1):%d/%m/%Y}" if period.end else ""
        sentence = (
            f"Cet arrêt chevauche celui du dossier {known.beginning.number}, du {period.start:%d/%m/%Y}{last}\u00a0: "
            "déclarez une prolongation dans ce dossier, ou d’abord la reprise du travail si elle a eu lieu."
        )
        raise FieldErrors.on("answers.starts_on", sentence, "overlaps")


def _receipt(what: str) -> str:
    return f"work-stoppage-received:{what}"


def estimate(request: Request) -> Indemnity:
    """What the contract would pay over the whole stoppage, step by step; an estimate, until statements are known.

    Errors: ``Refused`` while answers are missing, or when the contract or the law is not known here.
    """
    file = tracking.stoppage_of(_opening(request))
    cover = companies.contract(request.company_id, file.contract_id).stoppage_cover
    if cover is None:
        raise Refused("no_cover", "Les garanties de ce contrat ne sont pas connues ici\u00a0: contactez-nous.")
    try:
        stoppage = _stoppage(file)
        return indemnity(stoppage, cover=cover, period=_whole(stoppage.period, cover))
    except FieldErrors:
        raise Refused("answers_missing", "Répondez d’abord à toutes les questions de la déclaration.") from None
    except NoParameterFor:
        sentence = "Cet arrêt est trop ancien pour être estimé ici\u00a0: un gestionnaire fera le calcul."
        raise Refused("law_unknown", sentence) from None


def _stoppage(file: Declaration) -> Stoppage:
    """The facts of the last stoppage of a file; those before a relapse count as earlier ones."""
    if file.state is StoppageState.DRAFT:
        read_answers(answers_to_data(file.answers), file.situation(clock.today()), complete=True)
    *earlier, last = files_of(file.told)
    received = tuple(one.stated for one in file.payments if one.kind is PaymentKind.ALLOWANCES)
    return last.stoppage(earlier=tuple(one.period for one in earlier), statutory=received)


def _whole(period: Period, cover: WorkStoppageCover) -> Period:
    """The days to estimate: all of them, or the next months where there is no end; never beyond what is ever paid."""
    end = period.end or add_months(max(period.start, clock.today()), OPEN_ENDED_MONTHS)
    return Period(period.start, min(end, period.start + timedelta(days=cover.most_days)))


def progress(request: Request) -> None:
    """Take a declaration as far as its accepted documents allow; safe to repeat."""
    retry_stale(partial(_progress, request.request_id))


def _progress(request_id: str) -> None:
    request = requests.get(request_id)
    if request is None or request.stoppage is None or request.state is not RequestState.PENDING_DOCUMENTS:
        return
    moved = tracking.with_received(request, at=clock.now(), actor="system")
    if moved != request:
        _keep(moved)


def decide(request: Request, ruling: Ruling) -> Request:
    """Record an agent's decision on a declaration, together with what it changes in the file it goes on from.

    Errors: ``Conflict`` when it does not wait for this decision; ``FieldErrors`` on ``documents``.
    """
    declaration, now, actor = tracking.stoppage_of(request), clock.now(), ruling.actor
    written = []
    if ruling.verdict is Verdict.ASK:
        asked = _asked(declaration, ruling)
        written.append(tracking.asking(request, ruling.documents, asked, at=now, actor=actor))
    else:
        opening = _opening(request) if declaration.opening_id else None
        ruled, file = _ruled(declaration, opening.stoppage if opening else None, ruling)
        written.append(tracking.followed(request, ruled, at=now, actor=actor, reason=ruling.reason))
        if opening and file:
            written.append(tracking.followed(opening, file, at=now, actor=actor))
    recipient = openers.email_of(request)
    with Transaction() as transaction:
        for one in written:
            requests.save(transaction, one)
        message_ids = _tell(transaction, request, TELLS[ruling.verdict], recipient)
    messages.dispatch(*message_ids)
    return replace(written[0], version=request.version + 1)


def record(request_id: str, payment: StoppagePayment) -> Request:
    """Record allowances received or a complement paid; the file goes on accordingly. Safe to repeat.

    A complement stays within the file's estimate, where there is one.
    Errors: ``NotFound`` for what is no stoppage's opening; ``FieldErrors`` for days outside the stoppage or in its
    franchise, and for a complement above the estimate; ``Conflict``.
    """
    return retry_stale(partial(_record, request_id, payment))


def _record(request_id: str, payment: StoppagePayment) -> Request:
    request = requests.get(request_id)
    file = request.stoppage if request else None
    if request is None or file is None or file.opening_id is not None or file.state is StoppageState.DRAFT:
        raise NotFound
    period = files_of(file.told)[-1].period
    if not (period.holds(payment.first_day) and period.holds(payment.last_day)):
        raise FieldErrors.on("last_day", "Ces jours ne sont pas tous dans l’arrêt déclaré.", "outside_stoppage")
    paid = file.paid(payment, at=payment.recorded_at, actor=payment.recorded_by)
    if paid is file:
        return request
    if payment.kind is PaymentKind.COMPLEMENT:
        _check_complement(request, payment)
    return _keep(tracking.followed(request, paid, at=payment.recorded_at, actor=payment.recorded_by))


def _check_complement(request: Request, payment: StoppagePayment) -> None:
    try:
        due = estimate(request)
    except Refused:  # no cover, or no law, is known here to compare with
        return
    payment.check_against(due)


def _ruled(
    declaration: Declaration, file: Declaration | None, ruling: Ruling
) -> tuple[Declaration, Declaration | None]:
    """The declaration after a decision, and for a follow-up its file after it, where that changes."""
    now, actor = clock.now(), ruling.actor
    if ruling.verdict is Verdict.CLOSE:
        state, event = StoppageState.CLOSED, "closed"
        return declaration.moved_to(state, at=now, actor=actor, event=event, reason=ruling.reason), None
    if ruling.verdict is Verdict.REFUSE:
        state, event = StoppageState.REJECTED, "refused"
        refused = declaration.moved_to(state, at=now, actor=actor, event=event, reason=ruling.reason)
        return refused, file.without(declaration, at=now, actor=actor) if file else None
    if declaration.state is not StoppageState.COMPLETE:
        raise Conflict("not_in_review", "Cette déclaration n’attend pas de décision.")
    if file is None:
        return declaration.accepted(_standing(declaration), at=now, actor=actor), None
    attached = declaration.attached(at=now, actor=actor)
    return attached, file.brought_to(_standing(file), at=now, actor=actor)


def _standing(file: Declaration) -> StoppageState:
    """Where the days of a file put it; payable where the contract's cover, or the law of its day, is not known here.

    Errors: ``Conflict`` for a kind of stoppage that the contract does not cover.
    """
    cover = companies.contract(file.company_id, file.contract_id).stoppage_cover
    if cover is None:
        return StoppageState.PAYABLE
    stoppage = _stoppage(file)
    if cover.franchise_of(stoppage.kind) is None:
        raise Conflict("not_covered", "Le contrat ne couvre pas cette nature d’arrêt.")
    try:
        return standing(stoppage, cover=cover, today=clock.today())
    except NoParameterFor:
        return StoppageState.PAYABLE


def _asked(declaration: Declaration, ruling: Ruling) -> Declaration:
    if not ruling.documents:
        raise FieldErrors.on("documents", "Indiquez au moins un document à demander.", "missing")
    asking = declaration
    for index, kind in enumerate(ruling.documents):
        known = document_of(kind)
        if known is None:
            sentence = "Ce document ne se demande pas pour un arrêt de travail."
            raise FieldErrors.on(f"documents[{index}]", sentence, "unknown_document")
        wanted = StoppageDocument(code=known.code, title=known.title, about=known.about, reason=ruling.reason)
        asking = asking.asked_for(wanted, at=clock.now(), actor=ruling.actor)
    return asking


def _tell(transaction: Transaction, request: Request, template: str, recipient: str | None) -> list[str]:
    return messages.tell(
        transaction,
        recipient,
        template,
        occasion=f"{template}:{request.request_id}:{request.version}",
        context={"reference": reference(request.request_id)},
        about=request.request_id,
    )


def recall_drafts() -> int:
    """Recall the drafts that the clock says, once for each recall, also after missed runs; returns how many (H93)."""
    waiting = requests.waiting_in(AgentQueue.RECALLS, limit=DRAFTS_AT_ONCE)
    return sum(settle_unless_busy(one.request_id, partial(_recall, one.request_id)) for one in waiting)


def _recall(request_id: str) -> bool:
    request = requests.get(request_id)
    recall = request.stoppage.recall(clock.today()) if request and request.stoppage else None
    if request is None or request.stoppage is None or recall is None:
        return False
    recipient = openers.email_of(request)
    now = clock.now()
    recalled = tracking.followed(request, request.stoppage.recalled(recall, at=now), at=now, actor="system")
    with Transaction() as transaction:
        requests.save(transaction, recalled)
        message_ids = messages.tell(
            transaction,
            recipient,
            "work_stoppage_overdue" if recall.late else "work_stoppage_reminder",
            occasion=f"work-stoppage-recall:{request_id}:{recall.on.isoformat()}:{recall.late}",
            context={"reference": reference(request_id), "declare_by": day_in_words(recall.due_on)},
            about=request_id,
        )
    messages.dispatch(*message_ids)
    return True


def _keep(request: Request) -> Request:
    with Transaction() as transaction:
        requests.save(transaction, request)
    return replace(request, version=request.version + 1)


def _opening(request: Request) -> Request:
    """The request of the opening that a declaration goes on from, which may be itself."""
    opening_id = tracking.stoppage_of(request).opening_id
    return get(request.company_id, opening_id) if opening_id else request


def _affiliation(member: Member, contract_id: str) -> Affiliation:
    """The employee's affiliation to a contract, which may have ended since the stoppage began.

    Errors: ``FieldErrors`` when there is none that covers or has covered.
    """
    for one in member.affiliations:
        if one.contract_id == contract_id and one.state in COVERING:
            return one
    raise FieldErrors.on("contract_id", "Ce salarié n’est pas affilié à ce contrat.", "not_affiliated")


def _actor(account: Account) -> str:
    return f"employer:{account.account_id}"
