"""How a route is declared: its path, who may call it, what it takes and what it answers, all in one place.

``ApiBlueprint.route`` refuses a route that does not say who may call it. The declarations feed three readers: the
dispatch below, the OpenAPI document and the test that walks every route as every role. A route that shows what is known
of members declares which data (``journal``): the access is noted before the answer leaves.
"""

import inspect
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import unquote

from chalice.app import Blueprint, Response
from pydantic import BaseModel

from chalicelib.api import access_notes, problems, schemas
from chalicelib.api.session import Access, admit
from chalicelib.domain.errors import EspaceError, NotFound
from chalicelib.domain.journal import DataGroup
from chalicelib.observability import log, log_failure

HEADERS: dict[str, str | list[str]] = {
    "Content-Type": "application/json",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Strict-Transport-Security": "max-age=63072000; includeSubDomains",
}

LONGEST_ID = 200

View = TypeVar("View", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One declared route."""

    path: str
    method: str
    access: Access
    summary: str
    description: str
    tag: str
    request: type[schemas.Body] | None
    query: type[BaseModel] | None
    response: type[BaseModel] | None
    status: int
    refusals: tuple[str, ...]
    idempotent: bool
    items: tuple[str, ...]
    journal: tuple[DataGroup, ...]
    wants_source_ip: bool

    @property
    def operation_id(self) -> str:
        """A stable name for generated clients."""
        words = [part.strip("{}") for part in self.path.split("/") if part]
        return "_".join([self.method.lower(), *(word.replace("-", "_").replace(".", "_") for word in words)])


ROUTES: list[Route] = []


class ApiBlueprint(Blueprint):
    """A Chalice blueprint whose routes validate, authorise and answer problems by declaration."""

    def __init__(self, import_name: str, *, tag: str) -> None:
        super().__init__(import_name)
        self.tag = tag

    def endpoint(
        self,
        method: str,
        path: str,
        *,
        access: Access,
        summary: str,
        request: type[schemas.Body] | None = None,
        query: type[BaseModel] | None = None,
        response: type[BaseModel] | None = None,
        status: int = 200,
        refusals: tuple[str, ...] = (),
        idempotent: bool = False,
        items: tuple[str, ...] = (),
        journal: tuple[DataGroup, ...] = (),
    ) -> Callable[[View], View]:
        """Declare a route. ``refusals`` are the problem codes it may answer, ``items`` the requirements it serves.

        ``journal`` says which of a member's data it shows; each access is noted in the journal of that member.
        """

        def register(view: View) -> View:
            route = Route(
                path=path,
                method=method,
                access=access,
                summary=summary,
                description=inspect.getdoc(view) or "",
                tag=self.tag,
                request=request,
                query=query,
                response=response,
                status=status,
                refusals=refusals,
                idempotent=idempotent,
                items=items,
                journal=journal,
                wants_source_ip="source_ip" in inspect.signature(view).parameters,
            )
            ROUTES.append(route)

            def dispatch(**path_values: str) -> Response:
                decoded = {name: unquote(value) for name, value in path_values.items()}
                return answer(route, view, self.current_request, decoded)

            dispatch.__name__ = f"{method.lower()}_{view.__name__}"
            super(ApiBlueprint, self).route(path, methods=[method], content_types=[])(dispatch)
            return view

        return register


def answer(route: Route, view: Callable[..., Any], request: Any, path_values: dict[str, str]) -> Response:
    """Run one request: admit the caller, decode, call the view, encode; anything wrong becomes a problem."""
    started = time.perf_counter()
    headers: Mapping[str, str] = request.headers
    try:
        caller = admit(route.access, headers, path_values)
        if any(len(value) > LONGEST_ID for value in path_values.values()):
            raise NotFound
        arguments: dict[str, Any] = dict(path_values)
        if caller is not None:
            arguments["caller"] = caller
        if route.request is not None:
            arguments["body"] = schemas.decode_body(route.request, request.raw_body, headers)
        if route.query is not None:
            arguments["query"] = schemas.decode_query(route.query, request.query_params or {})
        if route.idempotent:
            arguments["idempotency_key"] = schemas.idempotency_key(headers)
        if route.wants_source_ip:
            arguments["source_ip"] = request.context.get("identity", {}).get("sourceIp", "")
        result = view(**arguments)
        body = result.model_dump(mode="json") if isinstance(result, BaseModel) else ""
        if route.journal:
            access_notes.write(caller, arguments, result, body=body, groups=route.journal, purpose=route.summary)
        response = Response(
            body=body,
            status_code=route.status,
            headers=HEADERS,
        )
        code = None
    except EspaceError as error:
        problem = problems.of(error)
        if problem.status == problems.UNFORESEEN_STATUS:
            log_failure("request_failed", error, route=route.path, method=route.method)
        response = Response(body=problem.body, status_code=problem.status, headers=HEADERS | problem.headers)
        code = problem.body["code"]
    except Exception as error:  # noqa: BLE001 - the outermost edge: anything unforeseen is a 500 without details
        log_failure("request_failed", error, route=route.path, method=route.method)
        problem = problems.unforeseen()
        response = Response(body=problem.body, status_code=problem.status, headers=HEADERS | problem.headers)
        code = problem.body["code"]
    elapsed = round((time.perf_counter() - started) * 1000)
    log("request", route=route.path, method=route.method, status=response.status_code, code=code, duration_ms=elapsed)
    return response
