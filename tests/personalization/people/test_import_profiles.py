"""import_profiles."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from pytest_django.fixtures import Settings

from provisioning.services import upload_configuration
from routing.models import Instance
from tests.commands.conftest import Run
from tests.personalization.people.conftest import Commit
from tests.personalization.stores.arrivals import arrival
from tests.personalization.stores.places import Place
from tests.world import ACTOR, an_instance

File = Callable[[str, str | bytes], str]
CONFIGURATION = """
keys:
  - td_client_id
  - {name: loyaltyId, exclude_regex: "^test"}
events:
  - {name: pageview, database: your_database, table: pageviews}
attributes:
  - {name: tier, type: imported}
  - {name: likes, type: list, event: pageview, value: "${EVENT.some_key}"}
  - {name: lastPage, type: single, event: pageview, value: "${EVENT.page}"}
  - {name: views, type: counter, event: pageview}
  - {name: recent, type: counter, event: pageview, window: 7d}
tokens: []
"""
IMPORT = ("import_profiles", "--instance", "1/8")


@pytest.fixture
def instance(customer: Instance, commit: Commit) -> Instance:
    """1/8 with attributes of every type."""
    upload_configuration(instance=customer, text=CONFIGURATION, actor=ACTOR, push=True)
    return customer


def profile(run: Run, value: str, key: str = "td_client_id") -> dict[str, Any]:
    """Keys and attributes as they are exported."""
    found: dict[str, Any] = json.loads(run("export_profile", "1/8", key, value).stdout)["profile"]
    keys = {name: [each["value"] for each in values] for name, values in found["keys"].items()}
    return {"keys": keys, **found["attributes"]}


def values(items: list[dict[str, Any]]) -> list[Any]:
    """The values of a list attribute."""
    return [item["value"] for item in items]


ROW = {
    "td_client_id": "202",
    "loyaltyId": "L1",
    "tier": {"level": 3},
    "likes": ["dogs", "cats"],
    "lastPage": "/",
    "views": 7,
    "recent": 2,
}
AS_TEXT = (
    'td_client_id,loyaltyId,tier,likes,lastPage,views,recent\n202,L1,"{""level"":3}","[""dogs"",""cats""]",/,7,2\n'
)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.jsonl", json.dumps(ROW)),
        ("a.json", json.dumps([ROW])),
        ("a.csv", AS_TEXT),
        ("a.csv", AS_TEXT.replace("td_client_id", "TD_Client_ID")),
        (
            "a.yaml",
            "- {td_client_id: 202, loyaltyId: L1, tier: '{\"level\":3}', likes: [dogs, cats], lastPage: /, "
            "views: 7, recent: 2}",
        ),
    ],
)
def test_import__each_format__makes_the_profile(
    run: Run, file: File, instance: Instance, name: str, content: str
) -> None:
    ran = run(*IMPORT, file(name, content))
    assert (ran.lines, ran.stderr, ran.failure) == (["created 1, changed 0, unchanged 0, refused 0"], "", None)
    found = profile(run, "L1", "loyaltyId")
    assert values(found.pop("likes")) == ["dogs", "cats"]
    assert found == {
        "keys": {"td_client_id": ["202"], "loyaltyId": ["L1"]},
        "tier": {"level": 3},
        "lastPage": "/",
        "views": 7,
        "recent": 2,
    }


def test_import__logs_no_event(run: Run, file: File, instance: Instance, place: Place) -> None:
    run(*IMPORT, file("a.jsonl", json.dumps(ROW)))
    assert (place.count("events"), place.count("streams"), place.count("profile_keys")) == (0, 0, 2)


def test_import__again__changes_nothing(run: Run, file: File, instance: Instance, place: Place) -> None:
    rows = [{"td_client_id": f"v{number}", "tier": number, "views": number} for number in range(450)]
    name = file("a.jsonl", "\n".join(map(json.dumps, rows)))
    assert run(*IMPORT, name).lines == ["created 450, changed 0, unchanged 0, refused 0"]
    before = place.rows("SELECT id, created, updated, body FROM profiles ORDER BY id")
    assert run(*IMPORT, name).lines == ["created 0, changed 0, unchanged 450, refused 0"]
    assert place.rows("SELECT id, created, updated, body FROM profiles ORDER BY id") == before


def test_import__of_who_is_known__sets_what_is_imported_and_leaves_what_events_made(
    run: Run, file: File, instance: Instance, commit: Commit
) -> None:
    commit(arrival(1, some_key="fish"), arrival(2))  # counts views, has a list of another name
    run(*IMPORT, file("a.jsonl", json.dumps({"td_client_id": 202, "tier": "silver"})))
    ran = run(*IMPORT, file("b.jsonl", json.dumps(ROW | {"tier": "gold"})))
    assert ran.lines == ["created 0, changed 1, unchanged 0, refused 0"]
    found = profile(run, "202")
    assert (found["tier"], found["views"], found["lastPage"]) == ("gold", 2, "/")
    assert found["keys"]["loyaltyId"] == ["L1"]


def test_import__keys_of_two_profiles__merges_them(run: Run, file: File, instance: Instance, place: Place) -> None:
    rows = [{"td_client_id": "a", "tier": 1}, {"loyaltyId": "L", "tier": 2}]
    run(*IMPORT, file("a.json", json.dumps(rows)))
    ran = run(*IMPORT, file("b.json", json.dumps([{"td_client_id": "a", "loyaltyId": "L"}])))
    assert ran.lines == ["created 0, changed 1, unchanged 0, refused 0"]
    assert profile(run, "L", "loyaltyId")["keys"] == {"td_client_id": ["a"], "loyaltyId": ["L"]}
    assert place.count("identity_log") == 1


BAD = [
    ({"tier": 1}, "a value of one of the keys is needed: td_client_id, loyaltyId"),
    ({"td_client_id": None, "loyaltyId": ""}, "a value of one of the keys is needed: td_client_id, loyaltyId"),
    ({"td_client_id": "null"}, "td_client_id: this value of a key identifies nobody"),
    ({"loyaltyId": "test 1"}, "loyaltyId: this value of a key identifies nobody"),
    ({"td_client_id": "x" * 257}, "td_client_id: a key value has at most 256 characters"),
    ({"td_client_id": "a", "likes": "dogs"}, "likes: a list is expected"),
    ({"td_client_id": "a", "views": "many"}, "views: a counter needs a finite number"),
    ({"td_client_id": "a", "tier": "x" * 5000}, "tier: a stored value has at most 4096 characters of JSON"),
    ({"td_client_id": "a", "likes": ["x" * 5000]}, "likes: a stored value has at most 4096 characters of JSON"),
    ({"td_client_id": "a", "teir": 1}, "there is no column “teir”; did you mean tier?"),
    ({"td_client_id": "first"}, "td_client_id: the same value as on line 1"),
]


def test_import__bad_rows__each_named_and_nothing_written(
    run: Run, file: File, instance: Instance, place: Place
) -> None:
    rows = [{"td_client_id": "first"}, *(row for row, _ in BAD)]
    name = file("a.jsonl", "\n".join(map(json.dumps, rows)))
    ran = run(*IMPORT, name)
    expected = [f"{name}:{line}: {reason}" for line, (_, reason) in enumerate(BAD, start=2)]
    assert ran.lines == [*expected, f"good 1, refused {len(BAD)}"]
    assert ran.failure == f"{len(BAD)} rows were refused; nothing was written"


def test_import__the_same_person_twice_on_one_line__refused(run: Run, file: File, instance: Instance) -> None:
    ran = run(*IMPORT, file("a.json", json.dumps([{"td_client_id": "b"}, {"td_client_id": "b", "tier": 1}])))
    assert "td_client_id: the same value as on line 1" in ran.stdout
    assert ran.failure == "1 row was refused; nothing was written"


def test_import__keep_going__the_good_rows_only(run: Run, file: File, instance: Instance) -> None:
    ran = run(*IMPORT, file("a.csv", "td_client_id,tier\nnull,1\nb,2\n"), "--keep-going")
    assert ran.lines[-1] == "created 1, changed 0, unchanged 0, refused 1"
    assert ran.failure == "1 row was refused; the good ones were written"
    assert profile(run, "b")["tier"] == 2


@pytest.mark.parametrize("options", [["--dry-run"], ["--dry-run", "--keep-going"]])
def test_import__dry_run__reports_and_writes_nothing(
    run: Run, file: File, instance: Instance, options: list[str]
) -> None:
    ran = run(*IMPORT, file("a.jsonl", json.dumps(ROW)), *options)
    assert (ran.lines, ran.failure, ran.stderr) == (["good 1, refused 0"], None, "dry run: nothing was written\n")
    assert run("export_profile", "1/8", "td_client_id", "202").failure


def test_import__broken_file__line_and_nothing_written(run: Run, file: File, instance: Instance) -> None:
    name = file("a.csv", b"td_client_id,tier\nb,2\ncaf\xe9,1\n")
    ran = run(*IMPORT, name, "--keep-going")
    assert ran.failure == f"{name} cannot be read beyond line 3; nothing was written"
    assert run("export_profile", "1/8", "td_client_id", "b").failure


def test_import__nothing_live__said(run: Run, file: File, db: None, commit: Commit) -> None:
    an_instance()
    ran = run(*IMPORT, file("a.csv", "td_client_id\nb\n"))
    assert ran.failure == "nothing is live in instance 1/8: its configuration says what can be imported"


def test_import__store_away__says_how_far_it_came(run: Run, file: File, instance: Instance, settings: Settings) -> None:
    settings.EVENT_STORE = "postgres://anna:hunter2@127.0.0.1:1/nowhere"
    ran = run(*IMPORT, file("a.csv", "td_client_id\nb\n"))
    assert (ran.failure or "").endswith("0 of 1 rows were written; start the import again to go on")
    assert "hunter2" not in (ran.failure or "")


def test_import__a_profile_that_is_full__what_does_not_fit_is_left_out(
    run: Run, file: File, instance: Instance, commit: Commit
) -> None:
    full = ["x" * 4000 + str(number) for number in range(66)]
    rows = [{"td_client_id": "202", "likes": full[:64]}, {"td_client_id": "b", "likes": full}]
    assert "larger than 256 KiB" in run(*IMPORT, file("a.json", json.dumps(rows))).stdout
    ran = run(
        *IMPORT, file("b.json", json.dumps([{"td_client_id": "202", "tier": "x" * 4000, "lastPage": "y" * 4000}]))
    )
    assert ran.lines[-1] == "created 0, changed 0, unchanged 0, refused 1"
    assert (ran.failure or "").endswith("the good ones were written")
