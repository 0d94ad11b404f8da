"""The page of rules is the code’s, every public example runs, and every rule of the engine says where it comes from."""

import doctest
import importlib
import inspect
import pkgutil
import re
import runpy
from pathlib import Path
from types import ModuleType

import pytest

from chalicelib.domain import adjudication

ROOT = Path(__file__).resolve().parents[3]
BESIDE = (
    "acts",
    "estimate",
    "examples",
    "floors",
    "guarantee",
    "guarantee_kinds",
    "guarantee_limits",
    "guarantee_wording",
    "lens",
    "minimum_basket",
    "responsible_contract",
)
NAMES = [f"chalicelib.domain.{name}" for name in BESIDE]
NAMES += [f"chalicelib.domain.adjudication.{one.name}" for one in pkgutil.iter_modules(adjudication.__path__)]
MODULES = [importlib.import_module(name) for name in NAMES if not name.endswith("__main__")]
LONGEST = 70
NUMBER = re.compile(r"\d+(?:\.\d+)?")
CITED = re.compile(r"dossier (?:sections? )?(\d+(?:\.\d+)?(?:(?:, | and | to )\d+(?:\.\d+)?)*)")


def test_the_page_of_rules_is_up_to_date() -> None:
    assert runpy.run_path(str(ROOT / "bin/rules"))["main"](["--check"]) == 0


def test_every_section_of_the_dossier_that_is_cited_says_what_it_rests_on() -> None:
    """A case, a rule or a row of law may name a section; nobody has to guess what stands there."""
    told = set(re.findall(r"^\| ([0-9.]+) \|", (ROOT / "docs/sources.md").read_text("utf-8"), re.MULTILINE))
    kinds = ("chalicelib/**/*.py", "chalicelib/**/*.toml", "tests/domain/cases/*.json")
    texts = [one.read_text("utf-8") for kind in kinds for one in ROOT.glob(kind)]
    cited = {number for text in texts for group in CITED.findall(text) for number in NUMBER.findall(group)}
    assert {"1.2", "3.3", "10"} <= cited
    assert {number if number in told else number.partition(".")[0] for number in cited} <= told


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__)
def test_every_example_of_a_docstring_runs(module: ModuleType) -> None:
    assert doctest.testmod(module).failed == 0


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__)
def test_every_public_thing_says_what_it_is_and_stays_short(module: ModuleType) -> None:
    for name, thing in vars(module).items():
        if name.startswith("_") or getattr(thing, "__module__", None) != module.__name__:
            continue
        assert inspect.getdoc(thing), name
        if inspect.isfunction(thing):
            assert len(inspect.getsourcelines(thing)[0]) <= LONGEST, name
