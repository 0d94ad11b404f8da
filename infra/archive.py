"""What an archive for Lambda holds, and how it is written: the same files give the same bytes, whoever packs them."""

import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath

# The AWS services whose description boto3 needs to make a client; botocore brings those of four hundred.
SERVICES = ("dynamodb", "kms", "s3", "ses", "sns", "sqs", "stepfunctions")

# Scripts and manuals of libraries; languages that nobody reads: names of countries are never translated here;
# descriptions for boto3's resources, which are not used.
_UNUSED = ("bin", "share", "pycountry/locales", "boto3/data", "boto3/examples")
_UNUSED_FOLDERS = {"__pycache__", "tests", "wrapt-stubs"}
_UNUSED_SUFFIXES = {".pyc", ".pyi", ".h", ".rst", ".orig", ".rej"}
_UNUSED_NAMES = {"py.typed"}
# Of a library's own record only its name, version, entry points and licence are of use once it is installed.
_RECORD = {"METADATA", "entry_points.txt", "licenses", "LICENSE", "LICENSE.txt", "NOTICE", "NOTICE.txt", "AUTHORS"}

_DAY_ONE = (1980, 1, 1, 0, 0, 0)
_READABLE = 0o100644 << 16


def ships(path: str) -> bool:
    """Whether a file belongs into the archive, by its path within it.

    >>> ships("chalicelib/domain/law.py"), ships("chalicelib/.DS_Store"), ships("botocore/data/ec2/2016-11-15/x.json")
    (True, False, False)
    """
    parts = PurePosixPath(path).parts
    if any(part.startswith(".") or part.endswith("~") or part in _UNUSED_FOLDERS for part in parts):
        return False
    if parts[-1] in _UNUSED_NAMES or PurePosixPath(path).suffix in _UNUSED_SUFFIXES:
        return False
    if parts[0].endswith(".dist-info"):
        return parts[1] in _RECORD
    if parts[:2] == ("botocore", "data") and len(parts) > 3:
        return parts[2] in SERVICES
    return not any(PurePosixPath(path).is_relative_to(unused) for unused in _UNUSED)


def tidy(folder: Path) -> None:
    """Remove from a folder of installed libraries and code what does not ship."""
    for path in _files(folder):
        if not ships(path.relative_to(folder).as_posix()):
            path.unlink()


def write(archive: Path, folder: Path) -> None:
    """Pack a folder: entries in alphabetical order, one date, one set of permissions."""
    names = sorted((path.relative_to(folder).as_posix(), path) for path in _files(folder))
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as packed:
        for name, path in names:
            packed.writestr(_entry(name), path.read_bytes())


def unpacked_size(archives: Iterable[Path]) -> int:
    """What Lambda counts against its limit, in bytes."""
    total = 0
    for archive in archives:
        with zipfile.ZipFile(archive) as packed:
            total += sum(entry.file_size for entry in packed.infolist())
    return total


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, date_time=_DAY_ONE)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.create_system = 3  # Unix, on every building machine
    entry.external_attr = _READABLE
    return entry


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in list(folder.rglob("*")) if path.is_file())
