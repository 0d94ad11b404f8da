"""The OpenAPI 3.1 document of the API, made from the declared routes; ``bin/describe`` writes it, CI compares it."""

import re
from datetime import UTC, datetime
from functools import cache
from typing import Any

from pydantic import BaseModel, RootModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode, models_json_schema

from chalicelib.api import problems
from chalicelib.api.routing import ROUTES, ApiBlueprint, Route
from chalicelib.api.schemas import KEY
from chalicelib.api.session import KINDS, Access
from chalicelib.domain import errors

Json = dict[str, Any]

blueprint = ApiBlueprint(__name__, tag="Description")

INFO = {
    "title": "Espace assuré",
    "version": "0.1.0",
    "summary": "L’espace RH et l’espace personnel d’un assureur santé et prévoyance collectives.",
    "description": (
        "Les montants sont des nombres entiers de centimes d’euro, les jours s’écrivent AAAA-MM-JJ et les instants "
        "sont en temps universel. Toute erreur est un problème (RFC 9457)\u00a0: `code` est stable, `detail` s’adresse "
        "à la personne. `x-access` dit qui peut appeler une opération, `x-requirements` quelles exigences elle sert."
    ),
}

TAGS = {
    "Accès": "Première connexion, mot de passe, ouverture et fin de session des trois espaces",
    "Espace RH": "L’employeur\u00a0: ses sociétés, leurs contrats, leurs salariés et les pré-affiliations",
    "Affiliation": "Le salarié invité\u00a0: déclarer ses ayants droit et envoyer ses pièces",
    "Espace personnel": "L’assuré\u00a0: son contrat, sa carte, ses remboursements et ses démarches",
    "Informations": "Services et informations des deux espaces, la DSN et l’assistant",
    "Confidentialité": "L’ayant droit majeur\u00a0: accepter ou non de partager le détail de ses soins",
    "Tiers payant": "Les professionnels de santé\u00a0: vérifier une carte",
    "Gestion": "Les gestionnaires de l’assureur\u00a0: demandes à traiter, assurés et mails refusés",
    "Description": "Ce document",
}

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")

SECURITY_SCHEMES = {
    "session": {
        "type": "http",
        "scheme": "bearer",
        "description": "Le jeton d’une session ouverte par `POST /access/…/sessions`",
    },
    "invitation": {
        "type": "http",
        "scheme": "bearer",
        "description": "Le jeton du lien d’invitation, tel qu’il suit le `#`",
    },
}

PATH_VALUES = {
    "account_id": "L’utilisateur",
    "batch_id": "Le fichier pour la banque",
    "beneficiary_id": "Le bénéficiaire",
    "claim_id": "La demande de remboursement",
    "company_id": "La société, parmi celles de l’utilisateur",
    "content_id": "Le contenu",
    "contract_id": "Le contrat",
    "document_id": "Le document",
    "entry_id": "Le mouvement de la banque",
    "export_id": "L’export demandé",
    "file_id": "Le fichier envoyé",
    "finess": "L’hôpital, par son numéro FINESS",
    "flow_id": "Le décompte du régime obligatoire",
    "member_id": "L’assuré",
    "message_id": "Le mail refusé",
    "month": "Le mois, par exemple 2026-03",
    "number": "L’appel de cotisation",
    "order_id": "Le virement",
    "professional": "Le professionnel de santé, par son numéro RPPS, ADELI ou FINESS",
    "reimbursement_id": "Le remboursement",
    "request_id": "La démarche",
}

IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": True,
    "description": "Propre à cette demande\u00a0: la même clé retrouve la première réponse",
    "schema": {"type": "string", "pattern": f"^{KEY.pattern}$"},
    "example": "0f8b6f2e-4a53-4c1f-9c57-2f6f1d1f3a10",
}

PROBLEM = {
    "type": "object",
    "description": "Un problème (RFC 9457)\u00a0; d’autres champs peuvent préciser un refus.",
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string", "description": "Ce qui s’est passé, sous un nom stable"},
        "detail": {"type": "string", "description": "Une phrase pour la personne"},
        "errors": {"type": "array", "items": {"$ref": "#/components/schemas/Fault"}},
        "retry_at": {"type": "string", "format": "date-time", "description": "Quand réessayer"},
    },
    "required": ["type", "title", "status", "code", "detail"],
}

FAULT = {
    "type": "object",
    "description": "Un champ à corriger",
    "properties": {
        "field": {"type": "string", "description": "L’endroit, par exemple `lines[0].care_on`"},
        "code": {"type": "string"},
        "detail": {"type": "string", "description": "Comment corriger"},
    },
    "required": ["field", "code", "detail"],
    "additionalProperties": False,
}

HEADERS = {
    "Retry-After": {"description": "Secondes à attendre", "schema": {"type": "integer", "minimum": 1}},
    "WWW-Authenticate": {"description": "Le schéma attendu", "schema": {"const": "Bearer"}},
}

PROBLEM_TYPE = "application/problem+json"

SCHEMA_PLACE = "#/components/schemas/{model}"

SUCCESSES = {200: "La réponse", 201: "Créé", 202: "Pris en compte", 204: "Fait\u00a0; la réponse est vide"}

TRIED_TOO_OFTEN = errors.TooManyAttempts.code


class OpenApiDocument(RootModel[Json]):
    """An OpenAPI 3.1 document."""


class PlainSchema(GenerateJsonSchema):
    """JSON Schemas without a title for each field: the name of the field says as much."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        """Never."""
        return False


@blueprint.endpoint(
    "GET", "/openapi.json", access=Access.PUBLIC, summary="Lire la description de l’API", response=OpenApiDocument
)
def read_document() -> OpenApiDocument:
    """The OpenAPI document of the running version."""
    return _served()


@cache
def _served() -> OpenApiDocument:
    return OpenApiDocument(document())


def document() -> Json:
    """The document of every route that a module imported so far declares: of all of them once ``app`` is imported."""
    ordered = sorted(ROUTES, key=lambda one: (list(TAGS).index(one.tag), one.path, METHODS.index(one.method)))
    schemas = _schemas(ordered)
    paths: dict[str, Json] = {}
    for route in ordered:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route, schemas)
    spread = {route.query.__name__ for route in ordered if route.query}
    kept = {name: schema for name, schema in schemas.items() if name not in spread}
    return {
        "openapi": "3.1.0",
        "info": INFO,
        "servers": [{"url": ".", "description": "Là où ce document est servi"}],
        "tags": [{"name": name, "description": description} for name, description in TAGS.items()],
        "paths": paths,
        "components": {
            "schemas": kept | {"Problem": PROBLEM, "Fault": FAULT},
            "parameters": {"IdempotencyKey": IDEMPOTENCY_KEY},
            "responses": _shared_problems(),
            "securitySchemes": SECURITY_SCHEMES,
        },
    }


def _schemas(routes: list[Route]) -> Json:
    """Every schema by name, which is the name of its class: a class is either read or written, never both."""
    read = [model for route in routes for model in (route.request, route.query) if model]
    written = [route.response for route in routes if route.response]
    wanted: dict[tuple[type[BaseModel], JsonSchemaMode], None] = {}
    wanted |= {(model, "validation"): None for model in read}
    wanted |= {(model, "serialization"): None for model in written}
    _, found = models_json_schema(list(wanted), ref_template=SCHEMA_PLACE, schema_generator=PlainSchema)
    schemas: Json = found["$defs"]
    return schemas


def _schema(model: type[BaseModel]) -> Json:
    return {"$ref": SCHEMA_PLACE.format(model=model.__name__)}


def _operation(route: Route, schemas: Json) -> Json:
    operation: Json = {
        "operationId": route.operation_id,
        "tags": [route.tag],
        "summary": route.summary,
        "description": _description(route),
        "security": _security(route.access),
        "x-access": str(route.access),
        "x-requirements": list(route.items),
    }
    parameters = _path_parameters(route)
    if route.query:
        parameters += _query_parameters(schemas[route.query.__name__])
    if route.idempotent:
        parameters.append({"$ref": "#/components/parameters/IdempotencyKey"})
    if parameters:
        operation["parameters"] = parameters
    if route.request:
        content: Json = {
            "schema": _schema(route.request),
            "example": route.request.EXAMPLE,
        }
        operation["requestBody"] = {"required": True, "content": {"application/json": content}}
    operation["responses"] = {str(route.status): _success(route), **_problems(route)}
    return operation


def _description(route: Route) -> str:
    return f"{route.description}\n\nRequirements: {', '.join(route.items)}." if route.items else route.description


def _security(access: Access) -> list[dict[str, list[str]]]:
    match access:
        case Access.PUBLIC:
            return []
        case Access.INVITED:
            return [{"invitation": []}]
        case _:
            return [{"session": []}]


def _path_parameters(route: Route) -> list[Json]:
    return [
        {"name": name, "in": "path", "required": True, "description": PATH_VALUES[name], "schema": {"type": "string"}}
        for name in _path_names(route)
    ]


def _path_names(route: Route) -> list[str]:
    return re.findall(r"\{(\w+)\}", route.path)


def _query_parameters(schema: Json) -> list[Json]:
    required = schema.get("required", [])
    return [
        {"name": name, "in": "query", "required": name in required, "schema": _without_null(value)}
        for name, value in schema["properties"].items()
    ]


def _without_null(schema: Json) -> Json:
    """A query string has no null: an optional value is left out."""
    choices: list[Json] = [one for one in schema.get("anyOf", []) if one != {"type": "null"}]
    if len(choices) != 1:
        return schema
    return {name: value for name, value in schema.items() if name not in {"anyOf", "default"}} | choices[0]


def _success(route: Route) -> Json:
    response: Json = {"description": SUCCESSES[route.status]}
    if route.response:
        response["content"] = {"application/json": {"schema": _schema(route.response)}}
    return response


def _problems(route: Route) -> Json:
    """The problems a route may answer, by status."""
    refusals = sorted(code for code in route.refusals if code != TRIED_TOO_OFTEN)
    takes_fields = route.request is not None or route.query is not None or route.idempotent
    answers = (
        ("401", route.access is not Access.PUBLIC, _shared("NotSignedIn")),
        ("403", route.access in KINDS, _shared("Forbidden")),
        ("404", _may_be_missing(route), _shared("NotFound")),
        ("409", bool(refusals), _refused(refusals)),
        ("422", takes_fields, _shared("InvalidFields")),
        ("429", TRIED_TOO_OFTEN in route.refusals, _shared("TooManyAttempts")),
        ("500", True, _shared("Unforeseen")),
    )
    return {status: response for status, applies, response in answers if applies}


def _may_be_missing(route: Route) -> bool:
    """A path names something, and a member's or an invited employee's functions depend on their cover (H4)."""
    return bool(_path_names(route)) or route.access in {Access.MEMBER, Access.INVITED} or route.query is not None


def _shared(name: str) -> Json:
    return {"$ref": f"#/components/responses/{name}"}


def _refused(codes: list[str]) -> Json:
    narrowed = {"properties": {"code": {"enum": codes}, "status": {"const": 409}}}
    listed = ", ".join(f"`{code}`" for code in codes)
    return {
        "description": f"Impossible en l’état\u00a0: {listed}",
        "content": {PROBLEM_TYPE: {"schema": {"allOf": [_problem_schema(), narrowed]}}},
    }


def _problem_schema() -> Json:
    return {"$ref": "#/components/schemas/Problem"}


def _shared_problems() -> Json:
    fault = errors.FieldErrors.on("lines[0].care_on", "Indiquez une date au format AAAA-MM-JJ.", "date_parsing")
    throttled = errors.TooManyAttempts(retry_at=datetime(2026, 3, 3, 9, 30, tzinfo=UTC))
    return {
        "NotSignedIn": _response(problems.of(errors.NotSignedIn())),
        "Forbidden": _response(problems.of(errors.Forbidden())),
        "NotFound": _response(problems.of(errors.NotFound())),
        "InvalidFields": _response(problems.of(fault), "errors"),
        "TooManyAttempts": _response(problems.of(throttled), "retry_at"),
        "Unforeseen": _response(problems.unforeseen()),
    }


def _response(problem: problems.Problem, *always: str) -> Json:
    """A response of the document; ``always`` are the optional fields that this one always has."""
    schema = {"allOf": [_problem_schema(), {"required": list(always)}]} if always else _problem_schema()
    response: Json = {
        "description": problem.body["title"],
        "content": {PROBLEM_TYPE: {"schema": schema, "example": problem.body}},
    }
    headers = {name: HEADERS[name] for name in problem.headers if name in HEADERS}
    return response | {"headers": headers} if headers else response
