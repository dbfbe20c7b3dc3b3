"""export_instance: what it writes can be imported into another installation."""

from __future__ import annotations

import csv
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from provisioning.models import ConfigurationVersion, Push
from provisioning.services import roll_back, upload_configuration
from routing.models import Destination, Instance
from routing.services import change_destinations
from tests.commands.conftest import Run
from tests.provisioning.configurations import TOKEN, configuration, numbered
from tests.world import ACTOR
from tokens.models import AccessToken
from tokens.services import issue_token, revoke, rotate_token

FILES = [
    "configurations/1/8.yaml",
    "destinations.csv",
    "instance.json",
    "pushes.jsonl",
    "tokens.csv",
    "versions.jsonl",
    "versions/1.yaml",
    "versions/2.yaml",
]


@pytest.fixture
def customer(instance: Instance) -> Instance:
    """Two versions, the first live again; two tokens, one of them the customer's own, and a revoked one."""
    change_destinations(instance=instance, actor=ACTOR, add=[("your_database", "pageviews"), ("shop", "orders")])
    origins = ["https://a.example", "https://b.example"]
    issue_token(instance=instance, name="web", actor=ACTOR, type="public", allowed_origins=origins)
    expiry = timezone.now() + timedelta(days=30)
    issue_token(
        instance=instance, name='a "name", so', actor=ACTOR, token=TOKEN, allowed_ips=["10.0.0.0/8"], expires_at=expiry
    )
    revoke(row=issue_token(instance=instance, name="old", actor=ACTOR).row, actor=ACTOR)
    own = configuration(token=TOKEN) + "# ünïcode\r\n"
    for text in (own, numbered(2)):
        upload_configuration(instance=instance, text=text, actor=ACTOR, push=True, note="why")
    roll_back(instance=instance, actor=ACTOR)
    return instance


def written(directory: Path) -> list[str]:
    return sorted(str(path.relative_to(directory)) for path in directory.rglob("*") if path.is_file())


def state() -> tuple[Any, ...]:
    """What of an instance is the same wherever it is imported."""
    tokens = AccessToken.objects.filter(revoked_at=None).order_by("name")
    fields = ("name", "digest", "type", "allowed_ips", "allowed_origins", "expires_at", "rate", "successor__name")
    pairs = Destination.objects.order_by("database", "table").values_list("database", "table")
    live = Push.objects.get(superseded_at=None).version
    return (list(pairs), list(tokens.values_list(*fields)), live.text, live.sha256)


def test_export__writes_the_files_and_names_them(run: Run, customer: Instance, tmp_path: Path) -> None:
    directory = tmp_path / "here"
    ran = run("export_instance", "1/8", "--directory", str(directory))
    assert ran.failure is None
    assert written(directory) == FILES
    assert sorted(ran.lines) == [str(directory / name) for name in FILES]
    assert ran.stderr == "left out: 1 token that was revoked or expired\n"


def test_export__holds_no_token(run: Run, customer: Instance, tmp_path: Path) -> None:
    run("export_instance", "1/8", "--directory", str(tmp_path / "here"))
    texts = [path.read_text("utf-8") for path in (tmp_path / "here").rglob("*") if path.is_file()]
    assert TOKEN not in "".join(texts)


def test_export__texts__are_byte_for_byte_what_is_stored(run: Run, customer: Instance, tmp_path: Path) -> None:
    run("export_instance", "1/8", "--directory", str(tmp_path / "here"))
    for version in ConfigurationVersion.objects.all():
        assert (tmp_path / f"here/versions/{version.number}.yaml").read_bytes() == version.text.encode()
    live = (tmp_path / "here/configurations/1/8.yaml").read_bytes()
    assert live == (tmp_path / "here/versions/1.yaml").read_bytes()


def test_export__history__one_line_each(run: Run, customer: Instance, tmp_path: Path) -> None:
    run("export_instance", "1/8", "--directory", str(tmp_path / "here"))
    versions, pushes = (
        [json.loads(line) for line in (tmp_path / f"here/{name}.jsonl").read_text().splitlines()]
        for name in ("versions", "pushes")
    )
    assert [(each["version"], each["note"], each["created_by"]) for each in versions] == [
        (1, "why", ACTOR),
        (2, "why", ACTOR),
    ]
    assert [(each["push"], each["kind"], each["version"], each["replaced"]) for each in pushes] == [
        (1, "push", 1, None),
        (2, "push", 2, 1),
        (3, "rollback", 1, 2),
    ]
    about = json.loads((tmp_path / "here/instance.json").read_text())
    assert (about["account"], about["instance"], about["name"]) == (1, 8, "Web")


def test_export__imported_elsewhere__is_the_same_instance(run: Run, customer: Instance, tmp_path: Path) -> None:
    slow = issue_token(instance=customer, name="slow", actor=ACTOR, rate=5).row
    rotate_token(token=slow, overlap=timedelta(days=1), actor=ACTOR)
    directory = str(tmp_path / "here")
    run("export_instance", "1/8", "--directory", directory)
    before = state()
    assert [name for name, *_, successor in before[1] if successor] == ["slow"]
    Push.objects.all().update(returns_to=None)
    for model in (Push, ConfigurationVersion, AccessToken, Destination):
        model.objects.all().delete()
    for command in (
        ("import_destinations", f"{directory}/destinations.csv"),
        ("import_tokens", f"{directory}/tokens.csv"),
        ("import_configurations", f"{directory}/configurations", "--push"),
    ):
        assert run(*command).failure is None
    assert state() == before


def test_export__of_an_empty_instance__is_possible(
    run: Run, instance: Instance, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run("export_instance", "1/8").failure is None
    assert written(tmp_path / "export-1-8") == [
        "destinations.csv",
        "instance.json",
        "pushes.jsonl",
        "tokens.csv",
        "versions.jsonl",
    ]
    assert run("import_destinations", "export-1-8/destinations.csv").lines == ["added 0, unchanged 0, refused 0"]


def test_export__to_where_something_is__refused(run: Run, customer: Instance, tmp_path: Path) -> None:
    (tmp_path / "here").mkdir()
    assert run("export_instance", "1/8", "--directory", str(tmp_path / "here")).failure is None
    for place in (tmp_path / "here", tmp_path / "here/tokens.csv"):
        ran = run("export_instance", "1/8", "--directory", str(place))
        assert ran.failure == f"{place} is there already; name a new or an empty directory"


def test_export__successor_that_is_left_out__is_no_ones(run: Run, customer: Instance, tmp_path: Path) -> None:
    web = AccessToken.objects.get(name="web")
    revoke(row=rotate_token(token=web, overlap=timedelta(days=1), actor=ACTOR).row, actor=ACTOR)
    run("export_instance", "1/8", "--directory", str(tmp_path / "here"))
    with (tmp_path / "here/tokens.csv").open() as file:
        assert [(row["name"], row["successor"]) for row in csv.DictReader(file)] == [('a "name", so', ""), ("web", "")]
