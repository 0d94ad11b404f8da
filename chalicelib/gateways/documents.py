"""Objects in S3: what people upload, what we write, and the short-lived links that hand them over."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from chalicelib import settings
from chalicelib.gateways.aws import client

LINK_VALIDITY = timedelta(minutes=5)
UPLOAD_VALIDITY = timedelta(minutes=15)
ABSENT = frozenset({"404", "NoSuchKey", "NotFound"})


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadForm:
    """What a browser needs to send one file straight to S3: the form's address and its fields, in order."""

    url: str
    fields: dict[str, str]
    expires_in_seconds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """One content that an object had: what tells it from any other, and its length."""

    version_id: str
    etag: str
    size: int


class Replaced(Exception):
    """The object is no longer the one whose reading was begun."""


def upload_form(key: str, *, content_type: str) -> UploadForm:
    """A form that admits one object of one type at one key, up to the size limit, for a few minutes."""
    seconds = int(UPLOAD_VALIDITY.total_seconds())
    post = client("s3", settings.upload_endpoint()).generate_presigned_post(
        settings.bucket("uploads"),
        key,
        Fields={"Content-Type": content_type},
        Conditions=[{"Content-Type": content_type}, ["content-length-range", 1, settings.upload_max_bytes()]],
        ExpiresIn=seconds,
    )
    return UploadForm(url=post["url"], fields=post["fields"], expires_in_seconds=seconds)


def download_link(bucket: str, key: str, *, name: str) -> str:
    """A link to one object, valid for a few minutes, that saves it under a readable name."""
    return str(
        client("s3", settings.upload_endpoint()).generate_presigned_url(
            "get_object",
            Params={
                "Bucket": settings.bucket(bucket),
                "Key": key,
                "ResponseContentDisposition": f'attachment; filename="{name}"',
            },
            ExpiresIn=int(LINK_VALIDITY.total_seconds()),
        )
    )


def read(bucket: str, key: str, *, max_bytes: int, etag: str | None = None) -> bytes | None:
    """The content of an object, one byte past ``max_bytes`` at most; ``None`` when there is none.

    With ``etag``, only the content of that tag: ``None`` when another has taken its place.
    """
    s3 = client("s3")
    only = {"IfMatch": etag} if etag else {}
    try:
        found: dict[str, Any] = s3.get_object(Bucket=settings.bucket(bucket), Key=key, **only)
    except s3.exceptions.ClientError as error:
        if error.response["Error"]["Code"] in {"NoSuchKey", "PreconditionFailed"}:
            return None
        raise
    content: bytes = found["Body"].read(max_bytes + 1)
    return content


def version(bucket: str, key: str) -> Version | None:
    """What an object is at present, without its content; ``None`` when there is none."""
    s3 = client("s3")
    try:
        found = s3.head_object(Bucket=settings.bucket(bucket), Key=key)
    except s3.exceptions.ClientError as error:
        if error.response["Error"]["Code"] in ABSENT:
            return None
        raise
    return Version(version_id=found["VersionId"], etag=found["ETag"], size=found["ContentLength"])


def pieces(bucket: str, key: str, *, etag: str, size: int, piece_bytes: int) -> Iterator[bytes]:
    """The content of an object, one range of at most ``piece_bytes`` at a time, however large it is.

    Errors: ``Replaced`` when the object was removed or written anew since it had this ``etag``.
    """
    s3 = client("s3")
    for start in range(0, size, piece_bytes):
        last = min(start + piece_bytes, size) - 1
        try:
            found = s3.get_object(Bucket=settings.bucket(bucket), Key=key, IfMatch=etag, Range=f"bytes={start}-{last}")
        except s3.exceptions.ClientError as error:
            if error.response["Error"]["Code"] in {*ABSENT, "PreconditionFailed", "412"}:
                raise Replaced from error
            raise
        piece: bytes = found["Body"].read()
        yield piece


def write(bucket: str, key: str, content: bytes, *, content_type: str) -> None:
    """Put an object."""
    client("s3").put_object(Bucket=settings.bucket(bucket), Key=key, Body=content, ContentType=content_type)


def exists(bucket: str, key: str) -> bool:
    """Whether an object is there."""
    s3 = client("s3")
    try:
        s3.head_object(Bucket=settings.bucket(bucket), Key=key)
    except s3.exceptions.ClientError as error:
        if error.response["Error"]["Code"] in ABSENT:
            return False
        raise
    return True


def delete(bucket: str, key: str) -> None:
    """Remove an object; none there is no error."""
    client("s3").delete_object(Bucket=settings.bucket(bucket), Key=key)
