"""A company's subscription: companies, broker, contracts, first administrator, all at once or not at all (H7)."""

from collections import Counter
from collections.abc import Mapping
from datetime import date, datetime
from functools import partial
from typing import Any

from chalicelib import clock
from chalicelib.domain.account import Account, AccountKind, AccountState, EmployerRole
from chalicelib.domain.company import Broker, Company, Contract, ContractDocument, Risk
from chalicelib.domain.errors import FieldError, FieldErrors, NoParameterFor
from chalicelib.domain.guarantee import GuaranteeTable
from chalicelib.domain.minimum_basket import shortfalls
from chalicelib.domain.record import Record
from chalicelib.domain.responsible_contract import breaches
from chalicelib.domain.work_stoppage.cover import WorkStoppageCover
from chalicelib.file_inspection import FileKind, FileRefused, inspect
from chalicelib.gateways import documents, queues
from chalicelib.services import contract_terms, contribution_accounts, insured, messages, tokens
from chalicelib.services.intake_files import ContractForm, SubscriptionFile
from chalicelib.storage import accounts, companies, contracts, identities
from chalicelib.storage.identities import Identity
from chalicelib.storage.transaction import Transaction, retry_stale
from chalicelib.texts.dates import day_in_words

DOCUMENT_MAX_BYTES = 10 * 1024 * 1024
MOST_AGREED = 50
"""How many contracts a file creates at most, counted once for each company they cover: one transaction writes them."""


def create(file: SubscriptionFile, *, digest: str) -> None:
    """Create everything a subscription file describes; the confirmation mail leaves afterwards.

    Errors: ``FieldErrors`` with every fault; ``Stale`` when the same file is being applied elsewhere.
    """
    tables, attached = _check(file)
    now = clock.now()
    subscription_id = tokens.derived_id("subscription", file.reference)
    administrator = _administrator(file, subscription_id, now)
    units = _companies(file, subscription_id, administrator, now)
    agreed = [
        _contract(form, company, table)
        for form, table in zip(file.contracts, tables, strict=True)
        for company in units
        if not form.covers or company.siret in form.covers
    ]
    _store_documents(file, attached)
    with Transaction() as transaction:
        identities.claim(transaction, Identity.INTAKE_FILE, file.reference, digest)
        for company in units:
            companies.create(transaction, company)
        for contract in agreed:
            contracts.create(transaction, contract)
        accounts.save(transaction, administrator)
        identities.claim(transaction, Identity.EMPLOYER_EMAIL, file.administrator.email, administrator.account_id)
        message_id = _write_confirmation(transaction, units[0], administrator)
    open_accounts(file)
    messages.dispatch(message_id)
    request_documents(file)


def details(file: SubscriptionFile) -> dict[str, Any]:
    """What the report says: the numéro adhérent of each company, the rules of law that a table does not meet, and what
    a contract lacks for its contributions to be called.
    """
    subscription_id = tokens.derived_id("subscription", file.reference)
    units = companies.several(tuple(_company_id(subscription_id, form.siret) for form in file.companies))
    return {
        "companies": [{"siret": one.siret, "numero_adherent": one.numero_adherent} for one in units],
        "warnings": [
            {"place": f"contracts[{index}].guarantee_table", "clause": clause_id, "detail": sentence}
            for index, form in enumerate(file.contracts)
            if form.guarantee_table is not None
            for clause_id, sentence in _warnings(GuaranteeTable.from_data(form.guarantee_table))
        ],
        "not_called": [
            {"place": fault.field, "detail": fault.message}
            for index, form in enumerate(file.contracts)
            for fault in contract_terms.missing_to_call(form, f"contracts[{index}]")
        ],
    }


def _warnings(table: GuaranteeTable) -> list[tuple[str | None, str]]:
    """What the table breaks of the law of its first day, by clause; or that this law is not known here.

    The contrat responsable and the minimum that an employer owes ask for some of the same things: each is said once.
    """
    try:
        broken = [(one.clause_id, one.sentence) for one in breaches(table)]
        return list(dict.fromkeys([*broken, *((one.clause_id, one.sentence) for one in shortfalls(table))]))
    except NoParameterFor:
        day = day_in_words(table.valid_from)
        sentence = f"Le tableau n’a pas pu être contrôlé\u00a0: la loi au {day} n’est pas connue ici."
        return [(None, sentence)]


def request_documents(file: SubscriptionFile) -> None:
    """Have the guarantee tables of a subscription written as PDFs; safe to repeat."""
    subscription_id = tokens.derived_id("subscription", file.reference)
    for form in file.contracts:
        contract_id = _contract_id(subscription_id, form.number)
        for unit in file.companies:
            if not form.covers or unit.siret in form.covers:
                company_id = _company_id(subscription_id, unit.siret)
                queues.send("documents", {"document": "contract", "company_id": company_id, "contract_id": contract_id})


def open_accounts(file: SubscriptionFile) -> None:
    """Have the contributions of a subscription called, each contract's as its terms say; safe to repeat."""
    subscription_id = tokens.derived_id("subscription", file.reference)
    called_from = {_contract_id(subscription_id, one.number): one.contributions.called_from for one in file.contracts}
    for unit in file.companies:
        retry_stale(partial(_open_accounts, _company_id(subscription_id, unit.siret), called_from))


def _open_accounts(company_id: str, called_from: Mapping[str, date | None]) -> None:
    with Transaction() as transaction:
        for contract in contracts.of_company(company_id):
            if contract.contract_id in called_from:
                first = called_from[contract.contract_id]
                contribution_accounts.open_unless_open(transaction, contract, called_from=first)


def _administrator(file: SubscriptionFile, subscription_id: str, now: datetime) -> Account:
    person = file.administrator
    return Account(
        account_id=tokens.derived_id("account", "employer", person.email),
        kind=AccountKind.EMPLOYER,
        state=AccountState.INVITED,
        email=person.email,
        display_name=f"{person.first_name} {person.last_name}",
        subject_ids=tuple(_company_id(subscription_id, form.siret) for form in file.companies),
        role=EmployerRole.ADMINISTRATOR,
        created_at=now,
    )


def _company_id(subscription_id: str, siret: str) -> str:
    return tokens.derived_id("company", subscription_id, siret)


def _contract_id(subscription_id: str, number: str) -> str:
    return tokens.derived_id("contract", subscription_id, number)


def _companies(file: SubscriptionFile, subscription_id: str, administrator: Account, now: datetime) -> list[Company]:
    adviser = file.broker
    broker = Broker(
        name=adviser.name,
        orias=adviser.orias,
        email=adviser.email,
        phone=adviser.phone,
        address=insured.address_of(adviser.address),
    )
    return [
        Company(
            company_id=_company_id(subscription_id, form.siret),
            subscription_id=subscription_id,
            name=form.name,
            siren=form.siren,
            siret=form.siret,
            address=insured.address_of(form.address),
            numero_adherent=insured.new_company_number(),
            member_number_length=file.member_number_length,
            broker=broker,
            administrator_account_id=administrator.account_id,
            created_at=now,
        )
        for form in file.companies
    ]


def _contract(form: ContractForm, company: Company, table: GuaranteeTable | None) -> Contract:
    return Contract(
        contract_id=_contract_id(company.subscription_id, form.number),
        company_id=company.company_id,
        number=form.number,
        label=form.label,
        risk=form.risk,
        starts_on=form.starts_on,
        ends_on=form.ends_on,
        terms=contract_terms.terms_of(form, "contract"),
        tables=(table,) if table else (),
        stoppage_cover=_stoppage_cover(form, "contract", []),
        documents=tuple(
            ContractDocument(
                document_id=_document_id(one.file),
                title=one.title,
                key=_document_key(_contract_id(company.subscription_id, form.number), one.file),
            )
            for one in form.documents
        ),
    )


def _document_id(source: str) -> str:
    return tokens.derived_id("contract-document", source)


def _document_key(contract_id: str, source: str) -> str:
    return f"contracts/{contract_id}/{source.rsplit('/', 1)[-1]}"


def _store_documents(file: SubscriptionFile, attached: dict[str, bytes]) -> None:
    subscription_id = tokens.derived_id("subscription", file.reference)
    for form in file.contracts:
        for one in form.documents:
            key = _document_key(_contract_id(subscription_id, form.number), one.file)
            documents.write("documents", key, attached[one.file], content_type="application/pdf")


def _write_confirmation(transaction: Transaction, company: Company, administrator: Account) -> str:
    return messages.write(
        transaction,
        occasion=f"subscription-confirmed:{company.subscription_id}",
        template="subscription_confirmed",
        recipient=administrator.email,
        context={
            "company": company.name,
            "numero_adherent": company.numero_adherent,
        },
        about=company.company_id,
        confirms_account=administrator.account_id,
    )


def _check(file: SubscriptionFile) -> tuple[list[GuaranteeTable | None], dict[str, bytes]]:
    """Everything a schema cannot see; all the faults of the file are reported together."""
    faults: list[FieldError] = []
    faults += _company_faults(file)
    faults += _contract_faults(file)
    tables = [_table(form, index, faults) for index, form in enumerate(file.contracts)]
    attached = _attachments(file, faults)
    if identities.find(Identity.EMPLOYER_EMAIL, file.administrator.email):
        sentence = "Cette adresse est déjà celle d’un utilisateur de l’espace RH."
        faults.append(FieldError("administrator.email", sentence, "email_used"))
    if faults:
        raise FieldErrors(*faults)
    return tables, attached


def _company_faults(file: SubscriptionFile) -> list[FieldError]:
    faults = []
    for index, form in enumerate(file.companies):
        place = f"companies[{index}]"
        if not form.siret.startswith(form.siren):
            sentence = "Le SIRET doit commencer par le SIREN de la société."
            faults.append(FieldError(f"{place}.siret", sentence, "siret_of_other_siren"))
        if identities.find(Identity.SIRET, form.siret):
            faults.append(FieldError(f"{place}.siret", "Cet établissement est déjà client.", "siret_used"))
    for siret, count in Counter(form.siret for form in file.companies).items():
        if count > 1:
            faults.append(FieldError("companies", f"Le SIRET {siret} figure {count} fois.", "siret_repeated"))
    return faults


def _contract_faults(file: SubscriptionFile) -> list[FieldError]:
    faults: list[FieldError] = []
    sirets = {form.siret for form in file.companies}
    for index, form in enumerate(file.contracts):
        place = f"contracts[{index}]"
        if form.ends_on is not None and form.ends_on < form.starts_on:
            faults.append(FieldError(f"{place}.ends_on", "La fin précède la date d’effet.", "ends_before_start"))
        for position, siret in enumerate(form.covers):
            if siret not in sirets:
                sentence = "Ce SIRET n’est pas celui d’une société du fichier."
                faults.append(FieldError(f"{place}.covers[{position}]", sentence, "unknown_siret"))
        faults += contract_terms.faults_of(form, place)
        _stoppage_cover(form, place, faults)
        if form.stoppage_cover is not None and form.risk is not Risk.PROVIDENT:
            sentence = "Seul un contrat de prévoyance couvre les arrêts de travail."
            faults.append(FieldError(f"{place}.stoppage_cover", sentence, "not_provident"))
        if form.risk is Risk.HEALTH and form.guarantee_table is None:
            sentence = "Un contrat santé doit porter son tableau de garanties."
            faults.append(FieldError(f"{place}.guarantee_table", sentence, "missing"))
    if sum(len(form.covers) or len(file.companies) for form in file.contracts) > MOST_AGREED:
        sentence = f"Un fichier crée {MOST_AGREED} contrats au plus, comptés pour chaque société couverte."
        faults.append(FieldError("contracts", sentence, "too_many"))
    for number, count in Counter(form.number for form in file.contracts).items():
        if count > 1:
            faults.append(FieldError("contracts", f"Le numéro {number} figure {count} fois.", "number_repeated"))
    return faults


def _table(form: ContractForm, index: int, faults: list[FieldError]) -> GuaranteeTable | None:
    if form.guarantee_table is None:
        return None
    try:
        return GuaranteeTable.from_data(form.guarantee_table)
    except FieldErrors as error:
        faults += [FieldError(f"contracts[{index}].{f.field}", f.message, f.code) for f in error.faults]
        return None


def _stoppage_cover(form: ContractForm, place: str, faults: list[FieldError]) -> WorkStoppageCover | None:
    if form.stoppage_cover is None:
        return None
    data = form.stoppage_cover.model_dump(mode="json")
    return WorkStoppageCover.from_record(Record(data, place=f"{place}.stoppage_cover", faults=faults))


def _attachments(file: SubscriptionFile, faults: list[FieldError]) -> dict[str, bytes]:
    attached: dict[str, bytes] = {}
    for index, form in enumerate(file.contracts):
        for position, one in enumerate(form.documents):
            place = f"contracts[{index}].documents[{position}].file"
            content = documents.read("intake", one.file, max_bytes=DOCUMENT_MAX_BYTES)
            if content is None:
                sentence = "Ce document n’a pas été déposé\u00a0: déposez-le avant le fichier."
                faults.append(FieldError(place, sentence, "not_found"))
                continue
            try:
                found = inspect(content, declared_name=one.file, max_bytes=DOCUMENT_MAX_BYTES)
            except FileRefused as refusal:
                faults.append(FieldError(place, refusal.sentence, refusal.code))
            else:
                if found.kind is not FileKind.PDF:
                    faults.append(FieldError(place, "Un document de contrat est un PDF.", "not_a_pdf"))
            attached[one.file] = content
    return attached
