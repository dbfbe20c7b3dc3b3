"""Small edits of a configuration's text that the console offers: pure text in, pure text out."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

_TOKENS_LINE = re.compile(r"^tokens:[ \t]*(#.*|\[[ \t]*\][ \t]*)?$", re.MULTILINE)
_ENTRY = re.compile(r"^([ \t]*)-[ \t]", re.MULTILINE)
_STARTER = """\
# A starting point: it counts what each visitor does, and greets from the second time on. Change what you like.
version: 1

keys:
  - name: td_client_id
    public: true

events:
{events}
attributes:
  - name: visits
    type: counter
    event: {event}
    window: 30d

offers:
  - name: welcome_back
    set:
      - event: {event}
        if: PROFILE.visits > 1
        data:
          visits: ${{PROFILE.visits}}

tokens:{tokens}
"""


def unix_lines(text: str) -> str:
    """The text with line feeds alone: browsers send a text area's lines with carriage returns."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def token_entry(name: str) -> str:
    """The entry of `tokens` that lists a token by its name."""
    plain = re.fullmatch(r"[A-Za-z][A-Za-z0-9_.-]*", name, re.ASCII)
    return f"- name: {name if plain else json.dumps(name, ensure_ascii=False)}"


def with_token(text: str, name: str) -> tuple[str, int] | None:
    """The text with one more entry under `tokens:`, and its line from 1.

    None when it is listed already, or when `tokens` is written in another way than one entry a line.
    """
    entry = token_entry(name)
    if re.search(rf"^[ \t]*{re.escape(entry)}[ \t]*(#.*)?$", text, re.MULTILINE):
        return None
    found = _TOKENS_LINE.search(text)
    if found is None:
        return None if re.search(r"^tokens:", text, re.MULTILINE) else _appended(text, entry)
    head = text[: found.end()].replace(found[0], "tokens:") if "[" in found[0] else text[: found.end()]
    first = _ENTRY.match(text, found.end() + 1)
    line = f"\n{first[1] if first else '  '}{entry}"
    return head + line + text[found.end() :], head.count("\n") + 2


def _appended(text: str, entry: str) -> tuple[str, int]:
    head = text.rstrip("\n") + "\n\ntokens:\n" if text.strip() else "tokens:\n"
    return f"{head}  {entry}\n", head.count("\n") + 1


def starter(destinations: Sequence[tuple[str, str]], token_names: Sequence[str]) -> str:
    """A first configuration for an instance with these destinations, (database, table), and tokens."""
    pairs = list(destinations) or [("your_database", "pageviews")]
    events = "".join(
        f"  - name: {table}\n    database: {database}\n    table: {table}\n" for database, table in _one_a_name(pairs)
    )
    entries = "".join(f"\n  {token_entry(name)}" for name in token_names)
    return _STARTER.format(events=events, event=pairs[0][1], tokens=entries or " []")


def _one_a_name(pairs: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    return list({table: (database, table) for database, table in reversed(pairs)}.values())[::-1]
