"""Everything a deployment takes, under ``out/<stage>/``: ``sam.json``, ``deployment.zip`` and ``documents-layer.zip``.

    python -m infra.package prod

No AWS account is needed. Two builds of one commit give the same bytes: libraries are those of ``constraints.txt``, as
wheels for Lambda's Python and system whatever machine builds, and ``infra/archive.py`` fixes everything else.
"""

import importlib.metadata
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import chalice.app
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from infra import archive
from infra.merge import stages
from infra.whole import ARCHIVE, ROOT, RUNTIME

LAYER = "documents-layer.zip"
PYTHON = RUNTIME.removeprefix("python")
# python3.11 runs on Amazon Linux 2, whose C library is 2.26.
PLATFORMS = ("manylinux_2_26_x86_64", "manylinux_2_24_x86_64", "manylinux_2_17_x86_64", "manylinux2014_x86_64")
# Lambda's own limit, layers included.
LARGEST_UNPACKED = 250 * 1024 * 1024
# What Lambda is, where a library asks for another one only under some condition; pip would ask the building machine.
LAMBDA = {
    "implementation_name": "cpython",
    "os_name": "posix",
    "platform_machine": "x86_64",
    "platform_python_implementation": "CPython",
    "platform_system": "Linux",
    "python_full_version": f"{PYTHON}.0",
    "python_version": PYTHON,
    "sys_platform": "linux",
}
# Where Lambda unpacks the code and a layer: what tracebacks show.
CODE_ROOT = "/var/task"
LAYER_ROOT = "/opt"
REGION = "eu-west-3"


class CannotPackage(Exception):
    """The package would not run in Lambda, or cannot be built here; the text says why."""


def pins(lines: Iterable[str]) -> dict[str, str]:
    """The version of each library by its name, as Lambda gets it: without Chalice.

    >>> pins(["# why", "chalice==1.34.0", "PyNamoDB==6.1.0"])
    {'pynamodb': '6.1.0'}
    """
    asked = [Requirement(line) for line in lines if "==" in line and not line.startswith("#")]
    named = {canonicalize_name(one.name): str(one.specifier).removeprefix("==") for one in asked}
    return {name: version for name, version in named.items() if name != "chalice"}


def needed(folder: Path, versions: Mapping[str, str]) -> set[str]:
    """What the libraries of a folder ask for in Lambda, whatever they would ask for on the building machine.

    Errors: ``CannotPackage`` when one asks for a version that is not the pinned one.
    """
    found = importlib.metadata.distributions(path=[str(folder)])
    asked = [Requirement(line) for one in found for line in one.requires or ()]
    applying = [one for one in asked if one.marker is None or one.marker.evaluate({**LAMBDA, "extra": ""})]
    for one in applying:
        if not one.specifier.contains(versions.get(canonicalize_name(one.name), ""), prereleases=True):
            raise CannotPackage(f"constraints.txt has no version that satisfies {one}.")
    return {canonicalize_name(one.name) for one in applying}


def install(requirements: str, folder: Path) -> None:
    """Install the wheels that Lambda's Python and system take, with all that they ask for there.

    Errors: ``CannotPackage`` when a library has no such wheel, or no pinned version.
    """
    versions = pins((ROOT / "constraints.txt").read_text("utf-8").splitlines())
    installed: set[str] = set()
    wanted = set(pins((ROOT / requirements).read_text("utf-8").splitlines()))
    while missing := wanted - installed:
        with tempfile.TemporaryDirectory() as fetched:
            _fetch([f"{name}=={versions[name]}" for name in sorted(missing)], Path(fetched))
            shutil.copytree(fetched, folder, dirs_exist_ok=True)
        installed |= missing
        wanted |= needed(folder, versions)


def _fetch(libraries: Sequence[str], folder: Path) -> None:
    platforms = [option for one in PLATFORMS for option in ("--platform", one)]
    done = _run(
        [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-compile", "--no-deps",
         "--only-binary=:all:", "--implementation", "cp", "--python-version", PYTHON, *platforms,
         "--target", folder, *libraries],
        os.environ,
    )  # fmt: skip
    if done.returncode:
        reasons = [line for line in done.stderr.splitlines() if line.startswith("ERROR")]
        raise CannotPackage(
            f"A library has no wheel for {RUNTIME} on Amazon Linux 2 (x86_64, glibc 2.26), or cannot be fetched. "
            "Pin a version that has one.\n" + "\n".join(reasons)
        )


def add_our_code(folder: Path) -> None:
    """The app, ``chalicelib`` and the two files of Chalice that run in Lambda."""
    shutil.copy(ROOT / "app.py", folder)
    shutil.copytree(ROOT / "chalicelib", folder / "chalicelib")
    (folder / "chalice").mkdir()
    source = Path(chalice.app.__file__).parent
    for name in ("__init__.py", "app.py"):
        shutil.copy(source / name, folder / "chalice")
    if (
        f"chalice=={importlib.metadata.version('chalice')}"
        not in (ROOT / "requirements.txt").read_text("utf-8").split()
    ):
        raise CannotPackage("The installed Chalice is not the one of requirements.txt: remove .venv and try again.")


def compile_all(folder: Path, shown_as: str) -> bool:
    """Add bytecode, which Lambda could not keep; not when this Python is another than Lambda's.

    Errors: ``CannotPackage`` for a file that is no Python.
    """
    if not _is_lambda_s_python():
        return False
    done = _run(
        [sys.executable, "-m", "compileall", "-q", "-f", "--invalidation-mode", "unchecked-hash",
         "-s", folder, "-p", shown_as, folder],
        {**os.environ, "PYTHONHASHSEED": "0"},
    )  # fmt: skip
    if done.returncode:
        raise CannotPackage(f"A file cannot be compiled:\n{done.stdout}{done.stderr}")
    return True


def _is_lambda_s_python() -> bool:
    return f"{sys.version_info.major}.{sys.version_info.minor}" == PYTHON


def build(requirements: str, target: Path, *, code: bool) -> bool:
    """Write one archive: libraries, tidied and compiled, with our code or as a layer. Says whether it has bytecode."""
    with tempfile.TemporaryDirectory() as temporary:
        root = Path(temporary)
        folder = root if code else root / "python"
        install(requirements, folder)
        if code:
            add_our_code(folder)
        archive.tidy(folder)
        compiled = compile_all(root, CODE_ROOT if code else LAYER_ROOT)
        if code:
            try_out(root)
        archive.write(target, root)
    return compiled


def try_out(folder: Path) -> None:
    """Import every part of the app from nothing but the package, and make every client of AWS; only where it can run.

    Errors: ``CannotPackage`` when something is missing.
    """
    if (platform.system(), platform.machine()) != ("Linux", "x86_64") or not _is_lambda_s_python():
        return
    program = (
        f"import sys; sys.path.insert(0, {str(folder)!r}); sys.dont_write_bytecode = True\n"
        "import app, boto3, PIL.Image, pypdf, segno\n"
        f"for service in {archive.SERVICES!r}: boto3.client(service, region_name={REGION!r})\n"
    )
    done = _run([sys.executable, "-I", "-S", "-c", program], _without_settings())
    if done.returncode:
        raise CannotPackage(f"The packaged app cannot be imported:\n{done.stderr}")


def write_template(stage: str, target: Path) -> None:
    """Write the stage's template, in a process of its own because importing the app reads the environment.

    Errors: ``CannotPackage`` with what Chalice says.
    """
    made = _run([sys.executable, "-m", "infra.whole", stage], _without_settings() | {"AWS_DEFAULT_REGION": REGION})
    if made.returncode:
        raise CannotPackage(f"The template of {stage} cannot be written:\n{made.stderr}")
    target.write_text(made.stdout, encoding="utf-8")


def lint(template: Path) -> None:
    """Errors: ``CannotPackage`` with what CloudFormation's linter finds, warnings included."""
    linter = Path(sys.executable).with_name("cfn-lint")
    found = _run([linter, "--regions", REGION, "--template", template], os.environ)
    if found.returncode:
        raise CannotPackage(f"CloudFormation's linter refuses the template:\n{found.stdout}{found.stderr}")


def _run(command: Sequence[str | Path], environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - our own commands
        command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False
    )


def _without_settings() -> dict[str, str]:
    """The environment without what belongs to a stage or an account."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "ESPACE_"))}


def main(stage: str) -> None:
    """Build a stage and print what each artefact weighs.

    Errors: ``CannotPackage``.
    """
    if stage not in stages():
        raise CannotPackage(f"There is no stage {stage}; .chalice/config.json has {', '.join(stages())}.")
    out = ROOT / "out" / stage
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    write_template(stage, out / "sam.json")
    lint(out / "sam.json")
    compiled = build("requirements.txt", out / ARCHIVE, code=True)
    build("requirements-documents.txt", out / LAYER, code=False)
    print(f"{'':42}{'zipped':>10}{'unzipped':>10}")
    for name in (ARCHIVE, LAYER):
        print(_line(f"out/{stage}/{name}", (out / name).stat().st_size, archive.unpacked_size([out / name])))
    unpacked = archive.unpacked_size([out / ARCHIVE, out / LAYER])
    print(_line("a function with the layer; Lambda takes", LARGEST_UNPACKED, unpacked))
    print(f"out/{stage}/sam.json: the linter finds nothing.")
    if not compiled:
        print(
            f"Without bytecode, which costs time at each cold start: this is Python {platform.python_version()}, "
            f"Lambda's is {PYTHON}."
        )
    if unpacked > LARGEST_UNPACKED:
        raise CannotPackage("The code and its layer together are larger than Lambda takes: 250 MB unzipped.")


def _line(what: str, zipped: int, unzipped: int) -> str:
    return f"{what:42}{zipped / 2**20:>7.1f} MB{unzipped / 2**20:>7.1f} MB"


if __name__ == "__main__":
    try:
        main(sys.argv[1])
    except CannotPackage as reason:
        sys.exit(str(reason))
