"""Companies, by id; numbers and SIRETs lead to them through identities."""

from pynamodb.attributes import UnicodeAttribute

from chalicelib import settings
from chalicelib.domain.company import Company
from chalicelib.storage import identities, rows
from chalicelib.storage.identities import Identity
from chalicelib.storage.transaction import Transaction


class CompanyRow(rows.Document):
    """One company."""

    class Meta(rows.Meta):
        table_name = settings.table("companies")

    company_id = UnicodeAttribute(hash_key=True)


def get(company_id: str) -> Company | None:
    """A company, or ``None``."""
    row = CompanyRow.find(company_id)
    return rows.decode(Company, row.document) if row else None


def several(company_ids: tuple[str, ...]) -> list[Company]:
    """Companies by id, in the order asked, in one call."""
    found = {
        row.company_id: rows.decode(Company, row.document)
        for row in CompanyRow.batch_get(company_ids, consistent_read=True)
    }
    return [found[company_id] for company_id in company_ids if company_id in found]


def by_number(numero_adherent: str) -> Company | None:
    """The company that has a numéro adhérent, or ``None``."""
    company_id = identities.find(Identity.COMPANY_NUMBER, numero_adherent)
    return get(company_id) if company_id else None


def create(transaction: Transaction, company: Company) -> None:
    """Add a company, its number and its SIRET."""
    save(transaction, company)
    identities.claim(transaction, Identity.COMPANY_NUMBER, company.numero_adherent, company.company_id)
    identities.claim(transaction, Identity.SIRET, company.siret, company.company_id)


def save(transaction: Transaction, company: Company) -> None:
    """Write a company, unless somebody else has written it meanwhile."""
    rows.write(transaction, CompanyRow, company, company_id=company.company_id)
