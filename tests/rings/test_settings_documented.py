"""What the environment decides is documented in one place."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_every_setting_is_in_the_operations_page() -> None:
    source = (ROOT / "chalicelib" / "settings.py").read_text(encoding="utf-8")
    page = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    read = set(re.findall(r'_read\(\s*"([A-Z_]+)"', source)) | set(re.findall(r'"ESPACE_([A-Z_]+)"', source))
    assert len(read) > 15
    assert [name for name in sorted(read) if f"`{name}`" not in page] == []
