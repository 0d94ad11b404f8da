"""What goes to Lambda: everything that is needed, nothing else, and the same bytes every time."""

import os
import re
import zipfile
from pathlib import Path

import pytest

from infra import archive, package
from tests.infra.documents import ROOT


def _folder(root: Path, names: list[str]) -> Path:
    for number, name in enumerate(names):
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name * 50, encoding="utf-8")
        path.chmod(0o600 if number % 2 else 0o755)
        os.utime(path, (number * 1e8, number * 1e8))
    return root


def test_the_same_files_give_the_same_bytes(tmp_path: Path) -> None:
    """Written in another order, on other days, by somebody with other permissions."""
    names = ["b/x.py", "app.py", "b/a.toml", "B.py"]
    one, other = _folder(tmp_path / "one", names), _folder(tmp_path / "other", names[::-1])
    archive.write(tmp_path / "one.zip", one)
    archive.write(tmp_path / "other.zip", other)
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "other.zip").read_bytes()


def test_an_archive_unpacks_to_what_was_packed_and_can_be_read_by_lambda(tmp_path: Path) -> None:
    archive.write(tmp_path / "a.zip", _folder(tmp_path / "folder", ["app.py", "b/a.toml"]))
    with zipfile.ZipFile(tmp_path / "a.zip") as packed:
        assert packed.namelist() == ["app.py", "b/a.toml"]
        assert packed.read("b/a.toml") == b"b/a.toml" * 50
        assert {entry.external_attr >> 16 for entry in packed.infolist()} == {0o100644}
    assert archive.unpacked_size([tmp_path / "a.zip"]) == 50 * len("app.pyb/a.toml")


def test_other_content_gives_other_bytes(tmp_path: Path) -> None:
    archive.write(tmp_path / "one.zip", _folder(tmp_path / "one", ["a.py"]))
    archive.write(tmp_path / "other.zip", _folder(tmp_path / "other", ["b.py"]))
    assert (tmp_path / "one.zip").read_bytes() != (tmp_path / "other.zip").read_bytes()


@pytest.mark.parametrize(
    "path",
    [
        "botocore/data/dynamodb/2012-08-10/service-2.json.gz",
        "botocore/data/endpoints.json",
        "botocore/data/partitions.json",
        "chalice/app.py",
        "pillow.libs/libjpeg.so.62",
        "pycountry/databases/iso3166-1.json",
        "pydantic-2.14.3.dist-info/METADATA",
        "schwifty/bank_registry/manual_fr.json",
        "sepaxml/schemas/pain.001.001.09.xsd",
        "stdnum/isil.dat",
        "tzdata/zoneinfo/Europe/Paris",
    ],
)
def test_what_libraries_read_ships(path: str) -> None:
    assert archive.ships(path)


@pytest.mark.parametrize(
    "path",
    [
        "bin/idna",
        "boto3/data/ec2/2016-11-15/resources-1.json",
        "botocore/data/ec2/2016-11-15/service-2.json.gz",
        "chalicelib/.DS_Store",
        "chalicelib/__pycache__/law.cpython-312.pyc",
        "chalicelib/domain/law.py~",
        "chalicelib/domain/law.py.orig",
        "importlib_resources/tests/test_open.py",
        "pycountry/locales/fr/LC_MESSAGES/iso3166-1.mo",
        "pydantic-2.14.3.dist-info/RECORD",
        "pydantic/py.typed",
        "share/man/man1/segno.1",
    ],
)
def test_what_nothing_reads_stays_behind(path: str) -> None:
    assert not archive.ships(path)


def test_tidying_removes_what_does_not_ship(tmp_path: Path) -> None:
    folder = _folder(
        tmp_path, ["app.py", "bin/idna", "chalicelib/__pycache__/law.cpython-312.pyc", "chalicelib/law.py"]
    )
    archive.tidy(folder)
    left = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert left == {"app.py", "chalicelib/law.py"}


def test_every_source_text_and_table_of_ours_ships() -> None:
    files = [path for path in (ROOT / "chalicelib").rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    stay = {path.name for path in files if not archive.ships(path.relative_to(ROOT).as_posix())}
    assert stay == set()
    assert {path.suffix for path in files} == {".py", ".toml", ".txt", ".typ"}


def test_the_descriptions_of_all_services_that_the_code_calls_ship() -> None:
    source = "".join(path.read_text("utf-8") for path in (ROOT / "chalicelib").rglob("*.py"))
    called = set(re.findall(r'\bclient\("(\w+)"', source))
    assert {*called, "dynamodb"} == set(archive.SERVICES)


def test_libraries_are_those_of_the_requirements() -> None:
    asked = dict(line.split("==") for line in _lines("requirements.txt") if "==" in line)
    assert {**package.pins(_lines("requirements.txt")), "chalice": asked["chalice"]} == asked


def test_every_library_that_ships_has_its_version_in_the_constraints() -> None:
    constraints = package.pins(_lines("constraints.txt"))
    for name in ("requirements.txt", "requirements-documents.txt"):
        assert package.pins(_lines(name)).items() <= constraints.items()


def _lines(name: str) -> list[str]:
    return (ROOT / name).read_text("utf-8").splitlines()


def _library(folder: Path, *asks: str) -> Path:
    record = folder / "one-1.0.dist-info" / "METADATA"
    record.parent.mkdir()
    text = ["Metadata-Version: 2.1", "Name: one", "Version: 1.0", *(f"Requires-Dist: {ask}" for ask in asks)]
    record.write_text("\n".join(text) + "\n\n", encoding="utf-8")
    return folder


def test_libraries_get_what_they_ask_for_in_lambda_whatever_machine_builds(tmp_path: Path) -> None:
    folder = _library(
        tmp_path,
        "Always>=1",
        "backport>=1; python_version < '3.12'",
        "newer; python_version >= '3.12'",
        "windows; sys_platform == 'win32'",
        "optional; extra == 'all'",
    )
    assert package.needed(folder, {"always": "1.0", "backport": "2.0"}) == {"always", "backport"}


def test_a_library_that_asks_for_another_version_than_the_pinned_one_stops_the_build(tmp_path: Path) -> None:
    with pytest.raises(package.CannotPackage, match="other>=2"):
        package.needed(_library(tmp_path, "other>=2"), {"other": "1.0"})


def test_only_wheels_for_lambda_s_c_library_are_taken() -> None:
    """python3.11 runs on Amazon Linux 2: glibc 2.26."""
    versions = [tuple(map(int, re.findall(r"_(\d+)_(\d+)_", name)[0])) for name in package.PLATFORMS if "_2_" in name]
    assert versions
    assert max(versions) == (2, 26)
