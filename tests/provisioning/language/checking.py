"""What the tests of the language share: checking a text, and saying briefly what came of it."""

from __future__ import annotations

from textwrap import dedent

from provisioning.language import Check, Context, KnownToken, Plan, Problem, check_configuration

NOW = 1_800_000_000.0
TOKEN = "e65d8a9df2094f02b84cd660efff6f27"
DASHED_TOKEN = "e65d8a9d-f209-4f02-b84c-d660efff6f27"
TOKEN_DIGEST = "cf11f2791705e18da34fb1f262521e050abe1dbd48f175efeb906d5c69ececeb"

# The smallest configuration in which nothing is wrong and everything is used.
BASE = """\
keys:
  - name: td_client_id
events:
  - name: pageview
    database: your_database
    table: pageviews
attributes:
  - name: preferences
    type: list
    event: pageview
    value: ${EVENT.some_key}
offers:
  - name: preferences_known
    set:
      - event: pageview
        if: PROFILE.preferences.length > 0
        data:
          preferences: ${PROFILE.preferences.slice(-1)[0].value}
tokens:
  - name: web-eu
"""


def check(text: str | bytes, **context: object) -> Check:
    """Check a text at a fixed time; a text that is indented as a whole is moved to the left."""
    source = dedent(text) if isinstance(text, str) else text
    return check_configuration(source, context=Context(**{"now": NOW, **context}))  # type: ignore[arg-type]


def plan_of(text: str, **context: object) -> Plan:
    """The plan of a text that must have no error."""
    result = check(text, **context)
    assert result.errors == ()
    assert result.plan is not None
    return result.plan


def codes(result: Check) -> list[str]:
    """The codes of all problems, in order."""
    return [problem.code for problem in result.problems]


def only(result: Check, code: str) -> Problem:
    """The one problem with this code."""
    found = [problem for problem in result.problems if problem.code == code]
    assert len(found) == 1, [str(problem) for problem in result.problems]
    return found[0]


def known_token(
    name: str = "web-eu", digest: str = "0" * 64, type: str = "private", state: str = "active"
) -> KnownToken:
    """An issued token."""
    return KnownToken(name=name, digest=digest, type=type, state=state)  # type: ignore[arg-type]


def event_section(name: str = "pageview", table: str = "pageviews") -> str:
    """A section with one event, to build on."""
    return f"events:\n  - {{name: {name}, database: your_database, table: {table}}}\n"
