"""A rehearsal answers as the endpoint with a store does, and leaves nothing behind."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from personalization.memory_profiles import MemoryProfiles
from personalization.profile import Profile
from personalization.rehearsal import Call, Heard, rehearse
from tests.personalization.rig import PATH, PEER, PUBLIC_PATH, Rig, good_headers, known_to, live
from tests.personalization.world import NOW

KEYS = st.sampled_from(["202", "303", 7, "null", "", None])
EVENTS = st.fixed_dictionaries(
    {},
    optional={
        "td_client_id": KEYS,
        "mail": KEYS,
        "some_key": st.sampled_from(["dogs", "cats", None, 5, {"a": [1]}]),
        "time": st.sampled_from([NOW, NOW - 86_400, NOW + 60, -1, NOW * 1000]),
        "uuid": st.sampled_from(["nonsense", 5, "0" * 32, "1" * 32]),
    },
)
SENT = st.tuples(st.sampled_from([PATH, PUBLIC_PATH, "/your_database/others", "/your_database/x/y"]), EVENTS)


def _call(path: str, body: bytes, **changes: str | None) -> Call:
    given = {**good_headers(path), **changes, "content_length": str(len(body))}
    headers = [(name.replace("_", "-").encode(), value.encode()) for name, value in given.items() if value is not None]
    return Call("POST", path, tuple(headers), body, PEER)


def _rehearsed(calls: Sequence[Call], given: Profile | None = None) -> list[Heard]:
    instance = live()
    assert instance.program is not None
    profiles = MemoryProfiles(instance.program.plan, instance.destinations)
    return rehearse(known_to(instance), calls, profiles=profiles, given=given, now=NOW)


def _told(status: int, headers: Mapping[str, str], body: Any) -> tuple[int, dict[str, str], Any]:
    """What is the same each time: all but the request id."""
    return status, {name: value for name, value in headers.items() if name != "x-request-id"}, body


@settings(max_examples=40, deadline=None)
@given(st.lists(SENT, min_size=1, max_size=6))
def test_rehearsal__of_any_events__answers_as_the_endpoint_with_a_store(sent: list[tuple[str, dict[str, Any]]]) -> None:
    bodies = [(path, json.dumps(event).encode()) for path, event in sent]
    heard = _rehearsed([_call(path, body) for path, body in bodies])
    with tempfile.TemporaryDirectory() as folder, Rig(Path(folder)) as rig:
        rig.snapshots.current = known_to(rig.instance)
        for ours, (path, body) in zip(heard, bodies, strict=True):
            theirs = rig.post(path=path, content=body)
            assert _told(ours.status, dict(ours.headers), json.loads(ours.body)) == _told(
                theirs.status_code, dict(theirs.headers), theirs.json()
            )


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"authorization": None}, 401),
        ({"wp13n_token": None}, 3000),
        ({"wp13n_token": "1/8/x"}, 3003),
        ({"content_type": "text/plain"}, 415),
    ],
)
def test_rehearsal__call_that_is_turned_away__has_no_explanation(changes: dict[str, str | None], code: int) -> None:
    heard = _rehearsed([_call(PATH, b"{}", **changes)])[0]
    assert json.loads(heard.body)["code"] == code
    assert heard.explanation is None
    assert heard.header("x-request-id")
    assert heard.header("x-p13n-version") == ""


def test_rehearsal__explanation__is_of_the_same_evaluation() -> None:
    first, second, nobody = _rehearsed(
        [
            _call(PATH, b'{"td_client_id": "202", "some_key": "dogs"}'),
            _call(PATH, b'{"td_client_id": "202"}'),
            _call(PATH, b"{}"),
        ]
    )
    for heard in (first, second):
        assert heard.explanation is not None
        assert heard.explanation.answer.offers == json.loads(heard.body)["offers"]
    assert second.explanation is not None
    views = next(each for each in second.explanation.attributes if each.name == "views")
    assert (views.before, views.after) == ("1", "2")
    assert nobody.explanation is not None
    assert nobody.header("x-p13n-reason") == nobody.explanation.answer.reason == "no-key"


def test_rehearsal__given_profile__is_met_by_the_first_event_and_followed_by_the_next() -> None:
    given = Profile(0, "1/8", NOW, keys={"mail": [["m", NOW]]}, state={"preferences/list": [["birds", NOW]]})
    first, second = _rehearsed([_call(PATH, b'{"td_client_id": "202"}'), _call(PATH, b'{"mail": "m"}')], given)
    for heard in (first, second):
        assert json.loads(heard.body)["offers"]["preferences_known"]["attributes"]["preferences"] == "birds"


def test_rehearsals__one_after_the_other__know_nothing_of_each_other() -> None:
    event = _call(PATH, b'{"td_client_id": "202", "some_key": "dogs"}')
    later = _call(PATH, b'{"td_client_id": "202"}')
    assert json.loads(_rehearsed([event, later])[1].body)["offers"]
    assert json.loads(_rehearsed([later])[0].body)["offers"] == {}


def test_rehearsal__repeated_uuid__counts_once_and_stays_that_events() -> None:
    body = b'{"td_client_id": "202", "uuid": "0123456789abcdef0123456789abcdef"}'
    first, again, other = _rehearsed([_call(PATH, body), _call(PATH, body), _call(PATH, body + b" ")])
    assert (first.status, again.status, other.status) == (200, 200, 400)
    assert again.explanation is not None
    assert {each.after for each in again.explanation.attributes if each.name == "views"} == {"1"}
    assert other.explanation is None


def test_call_and_answer__in_a_log__show_no_secret() -> None:
    call = _call(PATH, b'{"td_client_id": "202"}')
    assert "202" not in repr(call)
    assert "TD1" not in repr(call)
