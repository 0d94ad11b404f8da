"""The rings of docs/architecture.md, held by reading the source: arrows point inward, and some words stay out."""

import ast
import doctest
import importlib
import pkgutil
import re
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import chalicelib

ROOT = Path(chalicelib.__file__).parent
SOURCES = sorted(ROOT.rglob("*.py"))
LONGEST_FUNCTION = 70

# What the modules of each ring may import of the project. A ring that is not listed here fails the first test.
INWARD = {
    "domain": {"domain"},
    "identifiers": {"identifiers"},
    "texts": {"texts", "domain"},
    "storage": {"storage", "domain", "settings"},
    "gateways": {"gateways", "domain", "texts", "settings"},
    "services": {
        "services", "storage", "gateways", "domain", "identifiers", "texts",
        "settings", "clock", "observability", "passwords", "file_inspection", "validation",
    },
    "api": {"api", "services", "domain", "identifiers", "texts", "settings", "clock", "observability", "validation"},
    "events": {"events", "services", "settings", "observability"},
    "workflow": {"workflow", "services", "observability"},
    "settings": set(),
    "clock": set(),
    "observability": set(),
    "passwords": {"domain"},
    "file_inspection": {"domain"},
    "validation": {"domain"},
}  # fmt: skip

# Who may import what from outside. Whatever is not named here is anybody's.
OUTSIDE = {
    "pynamodb": {"storage"},
    "boto3": {"gateways"},
    "botocore": {"gateways"},
    "aws_encryption_sdk": {"gateways"},
    "typst": {"gateways"},
    "chalice": {"api", "events", "workflow"},
    "aws_lambda_powertools": {"events", "observability"},
    "moto": set(),
    "requests": set(),
    "app": set(),
    "local": set(),
    "tests": set(),
}  # fmt: skip

ENVIRONMENT = {"settings.py", "observability.py"}
CATCH_ALL = {"api/routing.py", "events/entrypoint.py", "workflow/step.py"}
FORBIDDEN_CALLS = {"scan", "count", "print", "breakpoint", "eval", "exec"}


@cache
def tree(source: Path) -> ast.Module:
    """A module as its syntax tree."""
    return ast.parse(source.read_text(encoding="utf-8"))


def place(source: Path) -> str:
    """Where a module is, from chalicelib on."""
    return source.relative_to(ROOT).as_posix()


def ring(source: Path) -> str:
    """The ring a module belongs to: its package, or itself when it lies beside them."""
    return source.relative_to(ROOT).parts[0].removesuffix(".py")


def imported(source: Path) -> Iterator[tuple[str, int]]:
    """The full names of the modules that a module imports, wherever in it, and the line."""
    for node in ast.walk(tree(source)):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, node.lineno
        if isinstance(node, ast.ImportFrom):
            assert node.module or node.level, place(source)
            name = _absolute(source, node)
            yield from ((f"{name}.{alias.name}", node.lineno) for alias in node.names)


def _absolute(source: Path, node: ast.ImportFrom) -> str:
    if not node.level:
        return node.module or ""
    parts = ["chalicelib", *source.relative_to(ROOT).parts[: -node.level]]
    return ".".join([*parts, node.module] if node.module else parts)


def of_ring(name: str) -> list[Path]:
    """The modules of a ring."""
    return [source for source in SOURCES if ring(source) == name]


def imports(sources: list[Path]) -> Iterator[tuple[Path, str, str]]:
    """Every import of some modules: where, the full name, and how to report it."""
    for source in sources:
        for name, line in imported(source):
            yield source, name, f"{place(source)}:{line} imports {name}"


def nodes(sources: list[Path]) -> Iterator[tuple[Path, ast.AST, str]]:
    """Every node of some modules that has a line, and where it is."""
    for source in sources:
        for node in ast.walk(tree(source)):
            if hasattr(node, "lineno"):
                yield source, node, f"{place(source)}:{node.lineno}"


def test_every_ring_is_known() -> None:
    assert {ring(source) for source in SOURCES} - {"__init__"} == set(INWARD)


def test_arrows_point_inward() -> None:
    """api, events and workflow reach storage and gateways through services only; nothing reaches back."""
    outward = []
    for source, name, report in imports(SOURCES):
        package, _, rest = name.partition(".")
        if package == "chalicelib" and rest.partition(".")[0] not in INWARD[ring(source)]:
            outward.append(report)
    assert not outward


def test_the_world_outside_is_reached_from_one_place() -> None:
    """pynamodb in storage, boto3 in gateways, Chalice at the edge; tests, local stack and app from nowhere."""
    elsewhere = []
    for source, name, report in imports(SOURCES):
        allowed = OUTSIDE.get(name.partition(".")[0])
        if allowed is not None and ring(source) not in allowed:
            elsewhere.append(report)
    assert not elsewhere


def test_the_domain_needs_the_standard_library_only() -> None:
    known = {"chalicelib", *sys.stdlib_module_names}
    assert not [report for _, name, report in imports(of_ring("domain")) if name.partition(".")[0] not in known]


def test_the_domain_knows_neither_clock_nor_chance_nor_environment() -> None:
    """The same facts give the same decision: no present moment, no randomness, no log."""
    impure = {"os", "time", "random", "secrets", "logging", "socket", "subprocess", "uuid"}
    assert not [report for _, name, report in imports(of_ring("domain")) if name.partition(".")[0] in impure]
    clocks = {"now", "today", "utcnow"}
    assert not [report for _, node, report in nodes(of_ring("domain")) if called(node) in clocks]


def called(node: ast.AST) -> str:
    """The last name of what a call calls; empty for anything else."""
    if not isinstance(node, ast.Call):
        return ""
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def test_the_environment_is_read_in_one_place() -> None:
    reads = [
        report
        for source, node, report in nodes(SOURCES)
        if isinstance(node, ast.Attribute)
        and node.attr in {"environ", "environb", "getenv", "putenv"}
        and place(source) not in ENVIRONMENT
    ]
    assert not reads


def test_unforeseen_errors_are_caught_at_the_outermost_edges_only() -> None:
    """Anywhere else would hide a fault; these log it, and answer or raise it again."""
    found = set()
    for source, node, _ in nodes(SOURCES):
        if isinstance(node, ast.ExceptHandler):
            kinds = {one.id for one in ast.walk(node.type) if isinstance(one, ast.Name)} if node.type else {"Exception"}
            if kinds & {"Exception", "BaseException"}:
                found.add(place(source))
    assert found == CATCH_ALL


def test_no_table_is_scanned_or_counted_and_nothing_is_printed_or_evaluated() -> None:
    """A scan reads, and pays for, the whole table."""
    calls = [
        report
        for source, node, report in nodes(SOURCES)
        if called(node) in FORBIDDEN_CALLS and not (called(node) == "count" and ring(source) != "storage")
    ]
    assert not calls


def test_every_query_names_its_bound_and_filters_nothing() -> None:
    """Without a limit and a page size a list would grow with its table; a filter reads what it throws away."""
    queries = [(node, report) for _, node, report in nodes(of_ring("storage")) if called(node) == "query"]
    assert queries
    for node, report in queries:
        assert isinstance(node, ast.Call)
        given = {keyword.arg for keyword in node.keywords}
        assert {"limit", "page_size"} <= given, report
        assert "filter_condition" not in given, report


def test_whatever_is_public_says_what_it_decides() -> None:
    """Modules, classes, functions and methods without an underscore have a docstring."""
    silent = []
    for source in SOURCES:
        module = tree(source)
        if module.body and not ast.get_docstring(module):
            silent.append(place(source))
        scopes: list[ast.Module | ast.ClassDef] = [module]
        scopes += [node for node in module.body if isinstance(node, ast.ClassDef)]
        for scope in scopes:
            silent += [f"{place(source)}:{node.lineno} {node.name}" for node in _silent(scope)]
    assert not silent


def _silent(scope: ast.Module | ast.ClassDef) -> Iterator[ast.FunctionDef | ast.ClassDef]:
    """What lacks a docstring; protocols and the settings of a table (``Meta``) speak by their names."""
    if isinstance(scope, ast.ClassDef):
        protocol = any(isinstance(parent, ast.Name) and parent.id == "Protocol" for parent in scope.bases)
        if protocol or scope.name.startswith("_"):
            return
    for node in scope.body:
        if not isinstance(node, ast.FunctionDef | ast.ClassDef) or node.name.startswith("_") or node.name == "Meta":
            continue
        if not ast.get_docstring(node):
            yield node


def test_functions_fit_on_a_page() -> None:
    long = []
    for _, node, report in nodes(SOURCES):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            if length > LONGEST_FUNCTION:
                long.append(f"{report} {node.name} has {length} lines")
    assert not long


def test_no_check_is_switched_off_wholesale() -> None:
    """A silenced finding says which; nothing is left for later."""
    silenced = re.compile(r"#\s*(?:type: ignore(?!\[)|noqa(?!: [A-Z])|pragma|TODO|FIXME|XXX)")
    found = [
        f"{place(source)}:{number}"
        for source in SOURCES
        for number, line in enumerate(source.read_text(encoding="utf-8").splitlines(), start=1)
        if silenced.search(line)
    ]
    assert not found


def test_no_module_has_a_name_that_says_nothing() -> None:
    meaningless = {"utils", "util", "helpers", "helper", "common", "base", "core", "manager", "misc"}
    assert not [place(source) for source in SOURCES if source.stem in meaningless]


def test_importing_has_no_effect() -> None:
    """The top level of a module imports, defines and registers; only the log is set up, before its library loads."""
    allowed = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.ClassDef, ast.Assign, ast.AnnAssign, ast.If, ast.Expr)
    for source in SOURCES:
        for node in tree(source).body:
            report = f"{place(source)}:{node.lineno}"
            assert isinstance(node, allowed), report
            acts = isinstance(node, ast.Expr) and not isinstance(node.value, ast.Constant)
            assert not acts or place(source) == "observability.py", report


def _modules() -> list[str]:
    names = [found.name for found in pkgutil.walk_packages([str(ROOT)], "chalicelib.")]
    return [name for name in names if not name.endswith("__main__")]


@pytest.mark.parametrize("package", sorted({ring(source) for source in SOURCES} - {"__init__"}))
def test_the_examples_in_docstrings_are_right(package: str) -> None:
    for name in _modules():
        if name.split(".")[1] == package:
            results = doctest.testmod(importlib.import_module(name), optionflags=doctest.NORMALIZE_WHITESPACE)
            assert not results.failed, name


def test_the_law_is_explained_by_examples() -> None:
    """Each module of the domain that decides something shows an example of it."""
    finder = doctest.DocTestFinder(exclude_empty=True)
    examples = [
        example
        for name in _modules()
        if name.startswith("chalicelib.domain.")
        for test in finder.find(importlib.import_module(name))
        for example in test.examples
    ]
    assert len(examples) >= 30
