"""The demo's API key, kept where only its owner reads it: the database holds nothing but digests."""

from __future__ import annotations

import json
import os
from pathlib import Path


def remembered_key(directory: Path) -> str:
    """The key kept in the directory, empty when there is none to be read."""
    try:
        found = json.loads((directory / "demo.json").read_text("utf-8"))
    except (OSError, ValueError, RecursionError):
        return ""
    key = found.get("api_key") if isinstance(found, dict) else None
    return key if isinstance(key, str) and key.isascii() else ""


def remember_key(directory: Path, key: str) -> None:
    """Keep the key in the directory, readable by its owner alone. Raises OSError."""
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / "demo.json.new"
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as stream:
        json.dump({"api_key": key}, stream)
    path.replace(directory / "demo.json")
