"""API Gateway: an HTTP request becomes the event that the Chalice app knows, and its answer an HTTP response."""

import base64
import json
import re
import threading
import time
import uuid
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote

from chalice.app import Chalice
from werkzeug.wrappers import Request, Response

from chalicelib import settings
from local.functions import Context

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

MAX_BODY_BYTES = 10 * 1024 * 1024
STAGE = "api"


class PerThread(Chalice):
    """A Chalice app that answers several requests at once: each thread sees its own request.

    A Lambda serves one request at a time, so Chalice keeps the present one on the app object.
    """

    _own = threading.local()

    @property
    def current_request(self) -> Any:
        """The request that this thread is answering."""
        return getattr(self._own, "request", None)

    @current_request.setter
    def current_request(self, request: Any) -> None:
        self._own.request = request

    @property
    def lambda_context(self) -> Any:
        """The context of the request that this thread is answering."""
        return getattr(self._own, "context", None)

    @lambda_context.setter
    def lambda_context(self, context: Any) -> None:
        self._own.context = context


@contextmanager
def one_request_per_thread(app: Chalice) -> Iterator[None]:
    """While this lasts, the app may be called from several threads at once."""
    before = type(app)
    app.__class__ = type("PerThreadApp", (PerThread, before), {})
    try:
        yield
    finally:
        app.__class__ = before


class Gateway:
    """The API as a WSGI application."""

    def __init__(self, app: Chalice) -> None:
        self._app = app
        self._routes = [(_pattern(path), path) for path in sorted(app.routes, key=_literal_parts_first)]

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        request = Request(environ)
        return self.answer(request)(environ, start_response)

    def answer(self, request: Request) -> Response:
        """The response to one request."""
        if (request.content_length or 0) > MAX_BODY_BYTES:
            return _refusal(413, "Request Too Long")
        path, raw_query = _raw_target(request)
        resource, values = self._match(path)
        methods = self._app.routes.get(resource, {})
        if request.method == "OPTIONS" and methods and "OPTIONS" not in methods:
            return _preflight(methods)
        if request.method not in methods:
            return _refusal(403, "Missing Authentication Token")
        event = _event(request, path, raw_query)
        event |= {"resource": resource, "pathParameters": values or None}
        event["requestContext"]["resourcePath"] = resource
        event["body"], event["isBase64Encoded"] = _body(request, self._app.api.binary_types)
        return _response(self._app(event, Context(f"{settings.prefix()}-api")), event["requestContext"]["requestId"])

    def knows(self, path: str) -> bool:
        """Whether the API has a resource at this path."""
        return self._match(path)[0] != ""

    def _match(self, path: str) -> tuple[str, dict[str, str]]:
        bare = path.rstrip("/") or "/"
        for pattern, resource in self._routes:
            found = pattern.fullmatch(bare)
            if found:
                return resource, found.groupdict()
        return "", {}


def _literal_parts_first(path: str) -> list[bool | str]:
    """Sorts ``/claims/new`` before ``/claims/{claim_id}``."""
    return [key for part in path.split("/") for key in (part.startswith("{"), part)]


def _pattern(path: str) -> re.Pattern[str]:
    parts = re.split(r"\{(\w+)\}", path)
    return re.compile("".join(f"(?P<{part}>[^/]+)" if odd % 2 else re.escape(part) for odd, part in enumerate(parts)))


def _raw_target(request: Request) -> tuple[str, str]:
    """The path as it was sent, since API Gateway hands path parameters over undecoded, and the query string."""
    raw = request.environ.get("REQUEST_URI") or quote(request.path)
    return re.sub("^https?://[^/]*", "", raw).partition("?")[0] or "/", request.query_string.decode("latin-1")


def _event(request: Request, path: str, raw_query: str) -> dict[str, Any]:
    query = _query(raw_query)
    headers = {name.title(): values for name, values in _headers(request).items()}
    request_id = str(uuid.uuid4())
    return {
        "path": unquote(path),
        "httpMethod": request.method,
        "headers": {name: values[-1] for name, values in headers.items()},
        "multiValueHeaders": headers,
        "queryStringParameters": {name: values[-1] for name, values in query.items()} or None,
        "multiValueQueryStringParameters": query or None,
        "stageVariables": None,
        "requestContext": {
            "accountId": settings.account_id(),
            "apiId": "local",
            "stage": STAGE,
            "requestId": request_id,
            "extendedRequestId": request_id,
            "protocol": "HTTP/1.1",
            "requestTimeEpoch": int(time.time() * 1000),
            "domainName": request.host,
            "httpMethod": request.method,
            "path": f"/{STAGE}{unquote(path)}",
            "identity": {
                "sourceIp": request.remote_addr or "127.0.0.1",
                "userAgent": request.headers.get("User-Agent"),
            },
        },
    }


def _headers(request: Request) -> dict[str, list[str]]:
    headers: dict[str, list[str]] = {}
    for name, value in request.headers.items():
        if value:
            headers.setdefault(name, []).append(value)
    headers["X-Forwarded-For"] = [request.remote_addr or "127.0.0.1"]
    headers["X-Forwarded-Proto"] = [request.scheme]
    return headers


def _query(raw: str) -> dict[str, list[str]]:
    query: dict[str, list[str]] = {}
    for pair in raw.split("&"):
        name, _, value = pair.partition("=")
        if name:
            query.setdefault(_decoded(name), []).append(_decoded(value))
    return query


def _decoded(text: str) -> str:
    return unquote(text.replace("+", " "))


def _body(request: Request, binary_types: list[str]) -> tuple[str | None, bool]:
    content = request.get_data()
    if not content:
        return None, False
    if request.mimetype in binary_types:
        return base64.b64encode(content).decode(), True
    return content.decode("utf-8", errors="replace"), False


def _response(answer: Mapping[str, Any], request_id: str) -> Response:
    body = answer.get("body") or ""
    content = base64.b64decode(body) if answer.get("isBase64Encoded") else str(body).encode()
    response = Response(content, status=answer["statusCode"], content_type="application/json")
    response.headers["x-amzn-RequestId"] = request_id
    for name, value in answer.get("headers", {}).items():
        response.headers[name] = value
    for name, several in answer.get("multiValueHeaders", {}).items():
        response.headers.setlist(name, several)
    return response


def _preflight(methods: Mapping[str, Any]) -> Response:
    """What the OPTIONS method that Chalice deploys beside a resource with CORS answers."""
    admitted = {method: entry.cors for method, entry in methods.items() if entry.cors is not None}
    if not admitted:
        return _refusal(403, "Missing Authentication Token")
    headers = next(iter(admitted.values())).get_access_control_headers()
    headers["Access-Control-Allow-Methods"] = ",".join([*admitted, "OPTIONS"])
    return Response(status=200, headers=headers, content_type="application/json")


def _refusal(status: int, message: str) -> Response:
    return Response(json.dumps({"message": message}), status=status, content_type="application/json")
