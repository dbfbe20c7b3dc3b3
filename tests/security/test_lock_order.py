"""Changes of several instances in one transaction beside changes of each: nobody waits for ever, nothing fails."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import Client

from routing.models import Destination, Instance
from routing.services import change_destinations
from tests.http import Api
from tests.provisioning.configurations import numbered
from tests.provisioning.test_races import all_at_once
from tests.world import ACTOR, a_key, an_instance
from tokens.services import issue_token

pytestmark = pytest.mark.django_db(transaction=True)

ROUNDS = 6


@pytest.fixture
def instances() -> list[Instance]:
    """1/1 and 1/2, both with the table and the token that configurations name."""
    made = [an_instance(1, number) for number in (1, 2)]
    for each in made:
        change_destinations(instance=each, actor=ACTOR, add=[("your_database", "pageviews")])
        issue_token(instance=each, name="web", actor=ACTOR)
    return made


def _pushes(key: str, instance: Instance, base: int) -> list[int]:
    path = f"/provision?account=1&instance={instance.number}&push=true"
    api = Api(key)
    return [
        api.send("POST", path, numbered(base + turn), content_type="text/yaml").status_code for turn in range(ROUNDS)
    ]


def _imports(command: str, files: list[Path], *options: str) -> list[int]:
    for file in files:
        call_command(command, str(file), *options, stdout=_Nothing(), stderr=_Nothing())
    return [201]


class _Nothing:
    """Where reports go."""

    def write(self, text: str) -> None: ...
    def flush(self) -> None: ...
    def isatty(self) -> bool:
        return False


def _files(directory: Path, rows: Callable[[int, int], dict[str, Any]]) -> list[Path]:
    """One file a round; its rows name both instances, the later one first."""
    made = []
    for turn in range(ROUNDS):
        made.append(directory / f"{turn}.json")
        made[-1].write_text(json.dumps([rows(turn, number) for number in (2, 1)]))
    return made


def test_imported_destinations__beside_pushes__nothing_fails(instances: list[Instance], tmp_path: Path) -> None:
    key = a_key()
    files = _files(
        tmp_path, lambda turn, number: {"account": 1, "instance": number, "database": "shop", "table": f"t_{turn}"}
    )

    answers = all_at_once(
        partial(_imports, "import_destinations", files),
        *(partial(_pushes, key, each, 100 * each.number) for each in instances),
    )

    assert {status for each in answers for status in each} == {201}
    assert Destination.objects.count() == 2 + 2 * ROUNDS


def test_imported_tokens__beside_pushes__nothing_fails(instances: list[Instance], tmp_path: Path) -> None:
    key = a_key()
    files = _files(tmp_path, lambda turn, number: {"account": 1, "instance": number, "name": f"token {turn}"})

    answers = all_at_once(
        partial(_imports, "import_tokens", files),
        *(partial(_pushes, key, each, 100 * each.number) for each in instances),
    )

    assert {status for each in answers for status in each} == {201}


def test_imported_configurations__beside_pushes__nothing_fails(instances: list[Instance], tmp_path: Path) -> None:
    key = a_key()
    directories = []
    for turn in range(ROUNDS):
        directories.append(tmp_path / str(turn))
        (directories[-1] / "1").mkdir(parents=True)
        for number in (1, 2):
            (directories[-1] / "1" / f"{number}.yaml").write_text(numbered(1000 + turn))

    answers = all_at_once(
        partial(_imports, "import_configurations", directories, "--push"),
        *(partial(_pushes, key, each, 100 * each.number) for each in reversed(instances)),
    )

    assert {status for each in answers for status in each} == {201}


def test_removed_destinations_of_both__beside_pushes__nothing_fails(instances: list[Instance]) -> None:
    key = a_key()
    for each in instances:
        change_destinations(instance=each, actor=ACTOR, add=[("shop", f"t_{turn}") for turn in range(ROUNDS)])
    User.objects.create_superuser("anna")

    def remove() -> list[int]:
        browser = Client()
        browser.force_login(User.objects.get())
        return [_removed(browser, turn) for turn in range(ROUNDS)]

    answers = all_at_once(remove, *(partial(_pushes, key, each, 100 * each.number) for each in instances))

    assert {status for each in answers for status in each} == {201}
    assert Destination.objects.count() == 2


def _removed(browser: Client, turn: int) -> int:
    chosen = Destination.objects.filter(table=f"t_{turn}").order_by("-pk").values_list("pk", flat=True)
    form = {"action": "remove_selected", "confirmed": "yes", "_selected_action": list(chosen)}
    return 201 if browser.post("/admin/routing/destination/", form).status_code == 302 else 500
