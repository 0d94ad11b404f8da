"""What a service keeps as JSON beside the documents, for a later step or call of its own."""

import json
from typing import Any

from chalicelib.gateways import documents


def read(key: str, *, max_bytes: int) -> Any:
    """What was kept at a key; ``None`` when nothing was."""
    content = documents.read("documents", key, max_bytes=max_bytes)
    return None if content is None else json.loads(content)


def write(key: str, kept: object) -> None:
    """Keep something at a key, in place of what was there."""
    body = json.dumps(kept, ensure_ascii=False).encode()
    documents.write("documents", key, body, content_type="application/json")
