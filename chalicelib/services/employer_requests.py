"""The requests that a company's users opened: their tracker, one for all kinds (H95)."""

from chalicelib.domain.errors import NotFound
from chalicelib.domain.request import Actor, Request, RequestKind, RequestSummary
from chalicelib.storage import requests


def page(
    company_id: str, *, before: str | None, limit: int, kind: RequestKind | None = None
) -> tuple[list[RequestSummary], str | None]:
    """One page of a company's requests, of all kinds or one, newest first; never a member's own claim (H61)."""
    return requests.page_of_company(company_id, before=before, limit=limit, kind=kind)


def get(company_id: str, request_id: str) -> Request:
    """One request that a company's users opened.

    Errors: ``NotFound``, also for another company's and for a member's own.
    """
    request = requests.get(request_id)
    if request is None or request.opened_by is not Actor.EMPLOYER or request.company_id != company_id:
        raise NotFound
    return request
