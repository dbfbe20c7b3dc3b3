"""Many people at once: exactly one of those who saw the same state moves it."""

from __future__ import annotations

import os
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Any

import pytest
from django.db import connections

from provisioning.models import ConfigurationVersion, Push
from routing.models import ControlRevision, Instance
from routing.services import change_destinations
from tests.http import Api
from tests.provisioning.configurations import numbered
from tests.world import ACTOR, a_caller, a_key, an_instance
from tokens.models import AccessToken
from tokens.services import issue_token

pytestmark = pytest.mark.django_db(transaction=True)

EDITORS = int(os.environ.get("P13N_EDITORS", "8"))
ROUNDS = int(os.environ.get("P13N_ROUNDS", "5"))


@pytest.fixture
def instance() -> Instance:
    made = an_instance(1, 8)
    change_destinations(instance=made, actor=ACTOR, add=[("your_database", "pageviews")])
    issue_token(instance=made, name="web", actor=ACTOR)
    return made


def all_at_once(*jobs: Callable[[], Any]) -> list[Any]:
    """What each job returned; they start together, each in a thread with a database connection of its own."""
    barrier = threading.Barrier(len(jobs))

    def run(job: Callable[[], Any]) -> Any:
        try:
            barrier.wait(timeout=30)
            return job()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(jobs)) as pool:
        return list(pool.map(run, jobs))


def test_editors__push_with_if_match__one_winner_for_each_state(instance: Instance) -> None:
    key = a_key()
    for turn in range(ROUNDS):

        def edit(editor: int, turn: int = turn) -> int:
            text = numbered(turn * EDITORS + editor)
            response = Api(key).send(
                "POST", "/provision?push=true", text, content_type="text/yaml", headers={"If-Match": f'"{turn}"'}
            )
            return int(response.status_code)

        answers = Counter(all_at_once(*(lambda editor=editor: edit(editor) for editor in range(EDITORS))))

        assert answers == {201: 1, 412: EDITORS - 1}

    numbers = list(Push.objects.order_by("number").values_list("number", "version__number", "replaced__number"))
    assert numbers == [(turn + 1, turn + 1, turn or None) for turn in range(ROUNDS)]
    assert ConfigurationVersion.objects.count() == ROUNDS
    assert Push.objects.filter(superseded_at=None).count() == 1


def test_editors__upload_different_texts__every_one_gets_its_own_number(instance: Instance) -> None:
    key = a_key()

    def upload(editor: int) -> int:
        response = Api(key).send("POST", "/provision", numbered(editor), content_type="text/yaml")
        return int(response.json()["version"])

    numbers = all_at_once(*(lambda editor=editor: upload(editor) for editor in range(EDITORS)))

    assert sorted(numbers) == list(range(1, EDITORS + 1))


def test_editors__upload_the_same_text__one_version(instance: Instance) -> None:
    key = a_key()

    def upload() -> int:
        return int(Api(key).send("POST", "/provision", numbered(1), content_type="text/yaml").status_code)

    assert Counter(all_at_once(*[upload] * EDITORS)) == {201: 1, 200: EDITORS - 1}


def test_pushes_and_rollbacks__mixed__one_live_version_and_an_unbroken_chain(instance: Instance) -> None:
    api = a_caller()
    for number in (1, 2, 3):
        api.send("POST", "/provision?push=true", numbered(number), content_type="text/yaml")
    key = api.authorization
    jobs: list[Callable[[], int]] = []
    for version in (1, 2, 3):
        jobs.append(lambda version=version: Api(key).post("/provision/1/8/push", {"version": version}).status_code)
        jobs.append(lambda: Api(key).post("/provision/1/8/rollback", {}).status_code)

    answers = all_at_once(*jobs)

    assert set(answers) <= {200, 409}
    pushes = list(Push.objects.order_by("number"))
    assert [push.number for push in pushes] == list(range(1, len(pushes) + 1))
    assert [push.superseded_at is None for push in pushes] == [False] * (len(pushes) - 1) + [True]
    assert all(later.replaced_id == earlier.version_id for earlier, later in pairwise(pushes))
    assert all(push.returns_to is None or push.returns_to.version_id != push.version_id for push in pushes)


def test_tokens__same_name__one_is_made(instance: Instance) -> None:
    key = a_key()

    answers = all_at_once(*[lambda: Api(key).post("/tokens", {"name": "new"}).status_code] * EDITORS)

    assert Counter(answers) == {201: 1, 409: EDITORS - 1}


def test_tokens__rotated__one_successor(instance: Instance) -> None:
    key = a_key()
    number = AccessToken.objects.get().pk

    answers = all_at_once(*[lambda: Api(key).post(f"/tokens/{number}/rotate").status_code] * EDITORS)

    assert Counter(answers) == {201: 1, 409: EDITORS - 1}
    assert AccessToken.objects.count() == 2


def test_destinations__same_pair__added_once(instance: Instance) -> None:
    key = a_key()
    body = {"add": {"destinations": [{"database": "new_one", "table": "new_one"}]}}

    answers = all_at_once(*[lambda: Api(key).post("/routing", body).json()] * EDITORS)

    assert Counter(len(answer["added"]) for answer in answers) == {1: 1, 0: EDITORS - 1}


def test_accounts__same_one__created_once() -> None:
    key = a_key("operator")

    answers = all_at_once(*[lambda: Api(key).post("/accounts", {"account": 7, "name": "Shop"}).status_code] * EDITORS)

    assert Counter(answers) == {201: 1, 200: EDITORS - 1}


def test_revision__first_changes_at_once__every_one_counts() -> None:
    instances = [an_instance(number, 1) for number in range(1, EDITORS + 1)]
    ControlRevision.objects.all().delete()

    def change(instance: Instance) -> None:
        change_destinations(instance=instance, actor=ACTOR, add=[("abc", "def")])

    all_at_once(*(lambda instance=instance: change(instance) for instance in instances))

    assert ControlRevision.objects.get().number == EDITORS
