"""The template of production, built once."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.infra.documents import ROOT, STAGES


@pytest.fixture(scope="package")
def template_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Production's template, as ``chalice package`` would write it."""
    # A process of its own, and none of this one's settings: importing the app reads them.
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("ESPACE_", "AWS_"))}
    made = subprocess.run(
        [sys.executable, "-m", "infra.whole", "prod"],
        env={**environment, "AWS_DEFAULT_REGION": "eu-west-3"},
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    path = tmp_path_factory.mktemp("template") / "prod.json"
    path.write_bytes(made.stdout)
    return path


@pytest.fixture(scope="package")
def template(template_file: Path) -> dict[str, Any]:
    """The same, read."""
    content: dict[str, Any] = json.loads(template_file.read_text(encoding="utf-8"))
    return content


@pytest.fixture(params=sorted(STAGES))
def stage(request: pytest.FixtureRequest) -> dict[str, Any]:
    """The configuration of each stage in turn."""
    configuration: dict[str, Any] = STAGES[request.param]
    return configuration
