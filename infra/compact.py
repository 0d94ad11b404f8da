"""A packaged template as short as it can be: CloudFormation takes a million bytes, and the AWS CLI indents its output.

python -m infra.compact out/prod/packaged.json
"""

import json
import sys
from pathlib import Path

MOST_BYTES = 1_000_000


class TooLong(Exception):
    """CloudFormation would refuse the template; the text says how long it is."""


def compact(path: Path) -> int:
    """Write a JSON template anew without indentation; returns its bytes.

    Errors: ``TooLong``.
    """
    short = json.dumps(json.loads(path.read_text("utf-8")), separators=(",", ":")).encode()
    if len(short) > MOST_BYTES:
        raise TooLong(f"{path}: {len(short):,} bytes, CloudFormation takes {MOST_BYTES:,}")
    path.write_bytes(short)
    return len(short)


if __name__ == "__main__":
    print(f"{sys.argv[1]}: {compact(Path(sys.argv[1])):,} bytes")
