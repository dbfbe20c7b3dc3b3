"""Whatever a file says, an import ends in a report: rows written, or refused with a reason."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from routing.models import Destination, Instance
from tests.commands.conftest import Run
from tokens.models import AccessToken

File = Callable[[str, str | bytes], str]
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(), max_size=8),
    lambda values: st.lists(values, max_size=2) | st.dictionaries(st.text(max_size=3), values, max_size=2),
    max_leaves=3,
)
LIKELY: dict[str, list[Any]] = {
    "account": [1],
    "instance": [8],
    "database": ["shop"],
    "table": ["orders"],
    "name": ["web", "app"],
    "token": ["e65d8a9df2094f02b84cd660efff6f27", "", "sha256:" + "0" * 64],
    "type": ["private", "public"],
    "allowed_ips": ["10.0.0.1", ["::1", "10.0.0.0/8"]],
    "allowed_origins": ["https://a.example", ["http://[::1]:8000"]],
    "expires_at": ["2099-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"],
}
EXAMPLES = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def entries(*columns: str) -> st.SearchStrategy[list[dict[str, Any]]]:
    row = st.fixed_dictionaries({}, optional={name: st.sampled_from(LIKELY[name]) | ANYTHING for name in columns})
    return st.lists(row, max_size=3)


@EXAMPLES
@given(rows=entries("account", "instance", "database", "table"))
def test_destinations__anything__written_or_refused(
    run: Run, file: File, instance: Instance, rows: list[dict[str, Any]]
) -> None:
    Destination.objects.all().delete()
    ran = run("import_destinations", file("a.json", json.dumps(rows)), "--keep-going")
    written = Destination.objects.count()
    assert ran.lines[-1].startswith(f"added {written}, unchanged 0, refused ")
    assert (ran.failure is None) == (written == len(rows))


@EXAMPLES
@given(rows=entries("account", "instance", "name", "token", "type", "allowed_ips", "allowed_origins", "expires_at"))
def test_tokens__anything__written_or_refused_and_printable(
    run: Run, file: File, instance: Instance, rows: list[dict[str, Any]]
) -> None:
    AccessToken.objects.all().delete()
    ran = run("import_tokens", file("a.jsonl", "\n".join(map(json.dumps, rows))), "--keep-going")
    assert all(line.isprintable() for line in ran.lines)
    assert (ran.failure is None) == (AccessToken.objects.count() == len(rows))


@EXAMPLES
@given(content=st.binary(max_size=300) | st.text(max_size=100).map(str.encode))
@pytest.mark.parametrize("format", ["csv", "json", "jsonl", "yaml"])
def test_tokens__any_bytes__a_report(run: Run, file: File, instance: Instance, format: str, content: bytes) -> None:
    ran = run("import_tokens", file("a", content), "--format", format)
    assert "refused" in ran.lines[-1]
    assert not AccessToken.objects.exists()
