"""The companies an employer's user may act for, and their contracts (H29–H38, H110, H119–H121)."""

from datetime import date

from chalicelib import clock
from chalicelib.api.routing import ApiBlueprint
from chalicelib.api.schemas import View
from chalicelib.api.session import Access, Caller
from chalicelib.api.views import AccountantView, AddressView, BrokerView, ContractView, Link
from chalicelib.domain.company import Company
from chalicelib.services import companies, contract_documents, dunning

blueprint = ApiBlueprint(__name__, tag="Espace RH")


NO_ACCOUNTANT = "Indiquez les coordonnées de votre expert-comptable\u00a0: elles facilitent nos échanges."
ASK_THE_BROKER = "Le niveau de garantie ne se change pas en ligne\u00a0: votre courtier vous conseille."


class CompanyView(View):
    """A company, its broker and its accountant; ``prompts`` are what it should still tell us (H112)."""

    company_id: str
    name: str
    siren: str
    siret: str
    numero_adherent: str
    address: AddressView
    phone: str | None
    email: str | None
    broker: BrokerView
    accountant: AccountantView | None
    prompts: list[str]

    @classmethod
    def of(cls, company: Company) -> "CompanyView":
        """The view of a company."""
        accountant = company.accountant
        return cls(
            company_id=company.company_id,
            name=company.name,
            siren=company.siren,
            siret=company.siret,
            numero_adherent=company.numero_adherent,
            address=AddressView.of(company.address),
            phone=company.phone,
            email=company.email,
            broker=BrokerView.model_validate(company.broker),
            accountant=AccountantView.model_validate(accountant) if accountant else None,
            prompts=[] if accountant else [NO_ACCOUNTANT],
        )


class CompanyListView(View):
    """The companies of one user: choosing another is using another id in the path (H119, H120)."""

    companies: list[CompanyView]


class ContractListView(View):
    """The contracts of a company, with the broker to ask for any change (H29, H33, H36).

    ``opens`` is the contract to show at once when there is no other (H38).
    """

    contracts: list[ContractView]
    broker: BrokerView
    opens: str | None


class LevelChangeView(View):
    """Why the level of cover is not changed on line, and whom to ask (H36, H37)."""

    available: bool
    reason: str
    broker: BrokerView


class ContractDetailView(View):
    """One contract of the company (H30, H31).

    ``suspended_from`` is the day since which its cover is suspended for unpaid contributions, absent while it is not.
    """

    contract: ContractView
    suspended_from: date | None
    level_change: LevelChangeView


@blueprint.endpoint(
    "GET",
    "/employer/companies",
    access=Access.EMPLOYER,
    summary="Mes sociétés",
    response=CompanyListView,
    items=("H110", "H111", "H112", "H119", "H120"),
)
def list_companies(caller: Caller) -> CompanyListView:
    """One account may act for several subsidiaries."""
    found = companies.of_account(caller.account)
    return CompanyListView(companies=[CompanyView.of(one) for one in found])


@blueprint.endpoint(
    "GET",
    "/employer/companies/{company_id}/contracts",
    access=Access.COMPANY_READER,
    summary="Mes contrats",
    response=ContractListView,
    items=("H29", "H30", "H31", "H32", "H33", "H36", "H37", "H38"),
)
def list_contracts(caller: Caller, company_id: str) -> ContractListView:
    """A change of level is not made on line: the broker advises."""
    company = companies.get(company_id)
    found = companies.contracts_of(company_id)
    return ContractListView(
        contracts=[ContractView.of(one) for one in found],
        broker=BrokerView.model_validate(company.broker),
        opens=found[0].contract_id if len(found) == 1 else None,
    )


@blueprint.endpoint(
    "GET",
    "/employer/companies/{company_id}/contracts/{contract_id}",
    access=Access.COMPANY_READER,
    summary="Détail d’un contrat",
    response=ContractDetailView,
    items=("H30", "H31", "H32", "H33", "H36", "H37"),
)
def read_contract(caller: Caller, company_id: str, contract_id: str) -> ContractDetailView:
    """Its employees are the list of employees, filtered by contract."""
    contract = companies.contract(company_id, contract_id)
    broker = BrokerView.model_validate(companies.get(company_id).broker)
    return ContractDetailView(
        contract=ContractView.of(contract),
        suspended_from=dunning.suspended_from(contract, clock.today()),
        level_change=LevelChangeView(available=False, reason=ASK_THE_BROKER, broker=broker),
    )


@blueprint.endpoint(
    "GET",
    "/employer/companies/{company_id}/contracts/{contract_id}/documents/{document_id}",
    access=Access.COMPANY_READER,
    summary="Télécharger un document du contrat",
    response=Link,
    refusals=("document_not_ready",),
    items=("H32",),
)
def contract_document(caller: Caller, company_id: str, contract_id: str, document_id: str) -> Link:
    """The link works for a few minutes."""
    return Link(url=contract_documents.link(companies.contract(company_id, contract_id), document_id))
