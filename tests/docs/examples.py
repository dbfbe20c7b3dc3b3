"""What the examples of the documentation are checked against: a fixed time, and tokens where the example wants one."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from provisioning.files import problem_lines
from provisioning.language import Check, Context, KnownToken
from provisioning.validation import check_with_tests
from tests.docs.blocks import ROOT

NOW = 1_798_761_600  # 2027-01-01T00:00:00Z
FILE = "configuration.yaml"
WORKED = sorted((ROOT / "docs" / "examples").glob("*.yaml"))
_PUBLIC_TOKEN = KnownToken(name="web-eu", digest="0" * 64, type="public", state="active")
_AROUND_A_CONDITION = """\
keys:
  - td_client_id
events:
  - {{name: pageview, database: your_database, table: pageviews}}
attributes:
  - {{name: preferences, type: list, event: pageview, value: "${{EVENT.some_key}}"}}
offers:
  - name: example
    set:
      - event: pageview
        {line}
        data: {{liked: "${{PROFILE.preferences.length}}"}}
tokens:
  - name: web-eu
"""


def checked(text: str, flags: Collection[str] = ()) -> Check:
    """Check a configuration as a command does that knows no instance, or one with a public token `web-eu`."""
    tokens = (_PUBLIC_TOKEN,) if "public-token" in flags else None
    return check_with_tests(text, context=Context(now=NOW, tokens=tokens))


def printed(text: str, flags: Collection[str] = ()) -> str:
    """What `validate_configuration` prints for the configuration."""
    return "".join(f"{line}\n" for line in problem_lines(FILE, checked(text, flags).problems))


def with_condition(line: str) -> Check:
    """Check a configuration whose one rule has this line for its condition."""
    return checked(_AROUND_A_CONDITION.format(line=line))


def first_problem(line: str) -> str:
    """What the checker says of that line first."""
    problems = with_condition(line).problems
    return problems[0].message if problems else ""


def worked() -> dict[str, Path]:
    """The worked configurations by their names."""
    return {path.stem: path for path in WORKED}
