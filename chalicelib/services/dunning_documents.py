"""The formal notice as a tagged PDF: written once the step is taken, printed by an agent for the registered letter."""

from chalicelib.domain.company import Risk
from chalicelib.domain.contributions.dunning_file import DunningFile
from chalicelib.domain.contributions.reference import structured_reference
from chalicelib.domain.errors import NotFound
from chalicelib.domain.law import parameter
from chalicelib.services import companies, ready_documents
from chalicelib.services.contribution_wording import in_fours, period_in_words
from chalicelib.services.dunning import request_notice
from chalicelib.services.letterhead import letterhead
from chalicelib.settings import bank_account
from chalicelib.storage import contributions, dunning
from chalicelib.texts.documents.dunning import FormalNotice

NOT_PAID = {
    Risk.HEALTH: "les soins des jours de suspension ne sont alors pas remboursés",
    Risk.PROVIDENT: "les arrêts de travail et autres sinistres des jours de suspension ne sont alors pas indemnisés",
}


def write(number: str) -> None:
    """Write the formal notice of a debt; again gives the same file at the same place.

    Errors: ``NotFound`` while there is none.
    """
    file = dunning.get(number)
    if file is None:
        raise NotFound
    ready_documents.write(_key(file), _notice(file))


def link(number: str, *, company_id: str | None = None) -> str:
    """A short-lived link to the formal notice of a debt, of any company or of one.

    Errors: ``NotFound``, also for another company's; ``Conflict`` while it is being written.
    """
    file = dunning.get(number)
    if file is None or company_id not in {None, file.company_id}:
        raise NotFound
    name = f"mise-en-demeure-{file.number}.pdf"
    return ready_documents.link(_key(file), name=name, prepare=lambda: request_notice(number))


def _notice(file: DunningFile) -> FormalNotice:
    issued = contributions.issued(file.number)
    if issued is None:
        raise NotFound
    company, contract = companies.get(file.company_id), companies.contract(file.company_id, file.contract_id)
    return FormalNotice(
        insurer=letterhead(),
        issued_on=file.formal_notice_on,
        company=company.name,
        address=company.address.in_one_line,
        siren=company.siren,
        numero_adherent=company.numero_adherent,
        contract_number=file.contract_number,
        contract_label=contract.label,
        statement_number=file.number,
        period=period_in_words(issued.period),
        due_on=file.due_on,
        owed_cents=file.noticed_cents,
        reference=in_fours(structured_reference(file.number)),
        account=in_fours(bank_account().iban),
        consequences=_consequences(file, contract.risk),
    )


def _consequences(file: DunningFile, risk: Risk) -> tuple[str, ...]:
    """What the law lets follow.

    Source: C. assur. L113-3.
    """
    days = {
        key: parameter(f"contribution.{key}", on=file.formal_notice_on).value for key in ("suspension", "termination")
    }
    return (
        f"À défaut de paiement dans les {days['suspension']} jours de l’envoi de cette lettre, les garanties du "
        f"contrat peuvent être suspendues\u00a0: {NOT_PAID[risk]}.",
        f"Le contrat peut être résilié {days['termination']} jours après la suspension.",
        "Les garanties reprennent le lendemain du jour où tout ce qui est dû a été payé, tant que le contrat n’est pas "
        "résilié. Les cotisations de la période de suspension restent dues (article L. 113-3 du code des assurances).",
        "Si vous contestez cet appel ou pensez l’avoir payé, dites-le-nous depuis «\u00a0Mes cotisations\u00a0» de "
        "votre espace\u00a0: ces délais s’arrêtent jusqu’à notre réponse.",
    )


def _key(file: DunningFile) -> str:
    return f"contributions/{file.company_id}/{file.number}/mise-en-demeure.pdf"
