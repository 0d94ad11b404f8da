"""What each function of the app can ask of AWS, read from the source: the calls that its code may reach.

It follows names from function to function, so it sees every branch; it takes a branch that never runs for one that may.
"""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import TypeAlias

from chalice.app import Chalice
from pynamodb.models import Model

from chalicelib import settings
from chalicelib.services import claim_workflow
from tests.infra.documents import ROOT

Definition: TypeAlias = tuple[str, str]
Permission: TypeAlias = tuple[str, str]

STORAGE = "chalicelib.storage"
READS = {"find": "GetItem", "get": "GetItem", "batch_get": "BatchGetItem", "query": "Query"}
WRITES = {
    "update": "UpdateItem",
    "update_count": "UpdateItem",
    "check": "ConditionCheckItem",
    "delete": "DeleteItem",
    "erase": "DeleteItem",
    "save": "PutItem",
    "put": "PutItem",
    "write": "PutItem",
}
GATEWAY_CALLS = {
    "chalicelib.gateways.secrets.seal": [("kms:GenerateDataKey", "fields")],
    "chalicelib.gateways.secrets.unseal": [("kms:Decrypt", "fields")],
    "chalicelib.gateways.secrets.lookup_hash": [("kms:GenerateMac", "lookup")],
    "chalicelib.gateways.workflows.start_claim": [("states:StartExecution", "claim")],
    "chalicelib.gateways.workflows.start_intake_batch": [("states:StartExecution", "intake-batch")],
    "chalicelib.gateways.workflows.start_contributions": [("states:StartExecution", "contributions")],
    "chalicelib.gateways.workflows.answer": [("states:SendTaskSuccess", "claim")],
    "chalicelib.gateways.bedrock.choose": [("bedrock:InvokeModel", "model")],
    "chalicelib.gateways.mail.send": [("ses:SendEmail", "mail")],
    "chalicelib.gateways.mail.send_document": [("ses:SendRawEmail", "mail")],
    "chalicelib.gateways.sms.send": [("sns:Publish", "sms")],
    "chalicelib.gateways.documents.upload_form": [("s3:PutObject", "uploads")],
}
# The first argument of these names the queue or the bucket.
NAMED_CALLS = {
    "chalicelib.gateways.queues.send": ["sqs:GetQueueUrl", "sqs:SendMessage"],
    "chalicelib.gateways.documents.read": ["s3:GetObject"],
    "chalicelib.gateways.documents.version": ["s3:GetObject"],
    "chalicelib.gateways.documents.pieces": ["s3:GetObject"],
    "chalicelib.gateways.documents.exists": ["s3:GetObject"],
    "chalicelib.gateways.documents.download_link": ["s3:GetObject"],
    "chalicelib.gateways.documents.write": ["s3:PutObject"],
    "chalicelib.gateways.documents.delete": ["s3:DeleteObject"],
}


class Source:
    """The project's modules, and who names whom in them."""

    def __init__(self, root: Path) -> None:
        self.definitions: dict[Definition, ast.AST] = {}
        self._imports: dict[str, dict[str, Definition]] = {}
        for path in sorted((root / "chalicelib").rglob("*.py")):
            self._read(".".join(path.relative_to(root).with_suffix("").parts).removesuffix(".__init__"), path)

    def _read(self, module: str, path: Path) -> None:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        imports = [one for one in ast.walk(tree) if isinstance(one, ast.ImportFrom) and one.module]
        self._imports[module] = {
            name.asname or name.name: (str(one.module), name.name) for one in imports for name in one.names
        }
        for node in tree.body:
            if isinstance(node, ast.FunctionDef | ast.ClassDef):
                self.definitions[module, node.name] = node
            elif isinstance(node, ast.Assign | ast.AnnAssign):
                for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
                    if isinstance(target, ast.Name):
                        self.definitions[module, target.id] = node

    def resolve(self, module: str, name: str) -> str:
        """The full name of what a name means in a module: a definition or a module of ours, or nothing."""
        if (module, name) in self.definitions:
            return f"{module}.{name}"
        if name not in self._imports.get(module, {}):
            return ""
        origin, original = self._imports[module][name]
        return f"{origin}.{original}" if f"{origin}.{original}" in self._imports else self.resolve(origin, original)

    def meaning(self, module: str, node: ast.AST) -> str:
        """The full name of what an expression such as ``members.get`` means, or nothing."""
        if isinstance(node, ast.Name):
            return self.resolve(module, node.id)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            owner = self.resolve(module, node.value.id)
            return self.resolve(owner, node.attr) if owner in self._imports else ""
        return ""

    def reached(self, start: list[Definition]) -> set[Definition]:
        """The definitions that these name, directly or not, and these."""
        seen: set[Definition] = set()
        ahead = list(start)
        while ahead:
            one = ahead.pop()
            if one not in seen:
                seen.add(one)
                ahead.extend(self._named(one))
        return seen

    def _named(self, one: Definition) -> Iterator[Definition]:
        node = self.definitions[one]
        own = {argument.arg for argument in ast.walk(node) if isinstance(argument, ast.arg)}
        for part in ast.walk(node):
            if isinstance(part, ast.Name) and part.id in own:
                continue
            module, _, name = self.meaning(one[0], part).rpartition(".")
            if (module, name) in self.definitions:
                yield module, name


def _tables(base: type[Model]) -> dict[str, str]:
    """The table of each model, by the model's name."""
    found = {}
    for one in base.__subclasses__():
        if hasattr(one, "Meta") and one.__module__.startswith(STORAGE):
            found[one.__name__] = str(one.Meta.table_name).removeprefix(settings.table(""))
        found |= _tables(one)
    return found


def _names(node: ast.AST, tables: dict[str, str]) -> bool:
    """Whether an expression is a model: what it calls on an attribute of one changes a value, not an item."""
    return isinstance(node, ast.Name) and node.id in tables


def _table_permissions(node: ast.AST, tables: dict[str, str]) -> Iterator[Permission]:
    """A read is a call on a model or on one of its indexes; a write concerns every model that the function names."""
    named = {tables[one.id] for one in ast.walk(node) if isinstance(one, ast.Name) and one.id in tables}
    for call in ast.walk(node):
        if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute):
            continue
        method, owner = call.func.attr, call.func.value
        if method in WRITES and not (isinstance(owner, ast.Attribute) and _names(owner.value, tables)):
            yield from ((f"dynamodb:{WRITES[method]}", table) for table in named)
        elif method in READS and isinstance(owner, ast.Name) and owner.id in tables:
            yield f"dynamodb:{READS[method]}", tables[owner.id]
        elif method in READS and isinstance(owner, ast.Attribute) and isinstance(owner.value, ast.Name):
            index = owner.attr.replace("_", "-")
            yield f"dynamodb:{READS[method]}", f"{tables[owner.value.id]}/{index}"


def _permissions(source: Source, one: Definition, tables: dict[str, str]) -> Iterator[Permission]:
    module, node = one[0], source.definitions[one]
    if module.startswith(STORAGE):
        if not isinstance(node, ast.ClassDef) or node.name not in tables:
            yield from _table_permissions(node, tables)
        return
    for part in ast.walk(node):
        yield from GATEWAY_CALLS.get(source.meaning(module, part), [])
        if isinstance(part, ast.Call):
            for action in NAMED_CALLS.get(source.meaning(module, part.func), []):
                name = part.args[0]
                yield action, str(name.value) if isinstance(name, ast.Constant) else ast.unparse(name)


@cache
def _source() -> Source:
    return Source(ROOT)


def needed(app: Chalice) -> dict[str, set[Permission]]:
    """What each function may ask of AWS: actions, each with the short name of what it acts on."""
    source = _source()
    tables = _tables(Model)
    starts = {one.name: _start(source, one.handler_string) for one in app.event_sources}
    starts |= {one.name: _start(source, one.handler_string) for one in app.pure_lambda_functions}
    for step, run in claim_workflow.STEPS.items():
        starts[f"claim-{step}"] = _start(source, f"{run.__module__}.{run.__name__}")
    starts["api_handler"] = [one for one in source.definitions if one[0].startswith("chalicelib.api")]
    return {
        name: {found for one in source.reached(start) for found in _permissions(source, one, tables)}
        for name, start in starts.items()
    }


def _start(source: Source, handler: str) -> list[Definition]:
    module, _, name = handler.rpartition(".")
    assert (module, name) in source.definitions, f"{handler} is not a function of ours"
    return [(module, name)]
