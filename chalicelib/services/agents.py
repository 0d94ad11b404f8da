"""Agents of the back office: created by a file of the insurer, invited by mail to choose a password."""

from chalicelib import clock
from chalicelib.domain.account import Account, AccountKind, AccountState, LinkPurpose
from chalicelib.domain.errors import FieldError, FieldErrors
from chalicelib.services import access, messages, tokens
from chalicelib.services.intake_files import AgentsFile
from chalicelib.storage import accounts, identities
from chalicelib.storage.identities import Identity
from chalicelib.storage.transaction import Transaction


def create(file: AgentsFile, *, digest: str) -> None:
    """Create the accounts of a file's agents, all at once, then mail each a link.

    Errors: ``FieldErrors`` naming each address already in use.
    """
    faults = [
        FieldError(f"agents[{row}].email", "Cette adresse est déjà celle d’un gestionnaire.", "email_used")
        for row, form in enumerate(file.agents)
        if identities.find(Identity.AGENT_EMAIL, form.email)
    ]
    if len({form.email.casefold() for form in file.agents}) < len(file.agents):
        faults.append(FieldError("agents", "La même adresse figure deux fois.", "email_repeated"))
    if faults:
        raise FieldErrors(*faults)
    now = clock.now()
    created = [
        Account(
            account_id=tokens.derived_id("account", "agent", form.email),
            kind=AccountKind.AGENT,
            state=AccountState.INVITED,
            email=form.email,
            display_name=f"{form.first_name} {form.last_name}",
            subject_ids=(),
            created_at=now,
        )
        for form in file.agents
    ]
    with Transaction() as transaction:
        identities.claim(transaction, Identity.INTAKE_FILE, file.reference, digest)
        for account in created:
            accounts.save(transaction, account)
            identities.claim(transaction, Identity.AGENT_EMAIL, account.email or "", account.account_id)
        message_ids = [access.write_link(transaction, one, LinkPurpose.AGENT_ACCOUNT) for one in created]
    messages.dispatch(*message_ids)
