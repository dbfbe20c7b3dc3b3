"""What the endpoint notes of each request: written in batches by several processes, read over REST."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from typing import Any

import pytest
import time_machine
from django.db import OperationalError, connection

from personalization import usage as module
from personalization.usage import Usage
from tests.http import Api
from tests.world import ACTOR, a_caller, an_instance
from tokens.models import AccessToken, ApiKey, TokenCaller, TokenDay
from tokens.services import issue_key, issue_token
from tokens.use_chart import HEIGHT, WIDTH, chart
from tokens.uses import DAYS_KEPT, MOST_CALLERS, DayCount, days_of

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 3, 12, tzinfo=UTC)
SERVER = (b"", "192.0.2.1", b"")


@pytest.fixture
def token(db: None) -> AccessToken:
    return issue_token(instance=an_instance(), name="web", actor=ACTOR).row


@pytest.fixture
def api(token: AccessToken) -> Api:
    return a_caller()


def use(usage: Usage, token: AccessToken, caller: Any = SERVER, *, at: datetime = NOON, times: int = 1) -> None:
    for _ in range(times):
        usage.note(token=token.pk, key=0, now=at.timestamp(), caller=caller)


def requests_of(token: AccessToken) -> dict[str, int]:
    return {str(each.day): each.requests for each in TokenDay.objects.filter(token=token)}


def callers_of(token: AccessToken) -> list[tuple[str, str]]:
    return list(TokenCaller.objects.filter(token=token).values_list("origin", "address"))


def test_requests__of_several_days__are_counted_by_day(token: AccessToken) -> None:
    usage = Usage()
    use(usage, token, times=3)
    use(usage, token, at=NOON.replace(hour=23, minute=59))
    use(usage, token, at=NOON + timedelta(hours=12))
    usage.write()
    assert requests_of(token) == {"2026-11-03": 4, "2026-11-04": 1}


def test_requests__written_again_and_again__are_counted_once(token: AccessToken) -> None:
    usage = Usage()
    for _ in range(3):
        use(usage, token, times=2)
        usage.write()
        usage.write()
    assert requests_of(token) == {"2026-11-03": 6}


def test_requests__of_two_processes__add_up(token: AccessToken) -> None:
    for usage in (Usage(), Usage()):
        use(usage, token, times=5)
        usage.write()
    assert requests_of(token) == {"2026-11-03": 10}
    assert callers_of(token) == [("", "192.0.2.1")]


def test_requests__database_away__are_written_the_next_time(
    token: AccessToken, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*arguments: object) -> None:
        raise OperationalError("gone")

    usage = Usage()
    use(usage, token, times=2)
    with monkeypatch.context() as patch:
        patch.setattr(module, "record_uses", gone)
        with pytest.raises(OperationalError):
            usage.write()
    use(usage, token)
    usage.write()
    assert requests_of(token) == {"2026-11-03": 3}


def test_requests__of_a_token_that_is_gone__do_not_stop_the_others(token: AccessToken) -> None:
    gone = issue_token(instance=token.instance, name="gone", actor=ACTOR).row
    usage = Usage()
    use(usage, gone)
    use(usage, token)
    AccessToken.objects.filter(pk=gone.pk).delete()
    usage.write()
    assert requests_of(token) == {"2026-11-03": 1}


@pytest.mark.django_db(transaction=True)
def test_requests__noted_while_they_are_written__are_all_counted(token: AccessToken) -> None:
    usage, rounds = Usage(), 20

    def write() -> None:
        for _ in range(rounds):
            usage.write()
        connection.close()

    with ThreadPoolExecutor(1) as threads:
        writing = threads.submit(write)
        noted = 0
        while not writing.done():
            use(usage, token, (b"", f"192.0.2.{noted % 30}", b""), times=10)
            noted += 10
        writing.result()
    usage.write()
    assert requests_of(token) == {"2026-11-03": noted}


@pytest.mark.parametrize(
    ("caller", "kept"),
    [
        (SERVER, [("", "192.0.2.1")]),
        ((b"https://shop.example.com", "", b""), [("https://shop.example.com", "")]),
        ((b"", "10.0.0.1", b"203.0.113.9"), [("", "203.0.113.9")]),
        ((b"", "10.0.0.1", b"198.51.100.1, 203.0.113.9"), [("", "203.0.113.9")]),
        ((b"", "192.0.2.1", b"203.0.113.9"), [("", "192.0.2.1")]),
        ((b"", "::ffff:192.0.2.1", b""), [("", "192.0.2.1")]),
        ((b"", "", b""), []),
    ],
)
def test_caller__is_kept_as_the_proxies_may_say(token: AccessToken, caller: Any, kept: list[tuple[str, str]]) -> None:
    usage = Usage((ip_network("10.0.0.0/8"),))
    use(usage, token, caller)
    usage.write()
    assert callers_of(token) == kept


def test_callers__too_many__the_latest_stay(token: AccessToken) -> None:
    usage = Usage()
    for number in range(50):
        use(usage, token, (b"", f"192.0.2.{number}", b""), at=NOON + timedelta(seconds=number))
    usage.write()
    assert sorted(callers_of(token)) == sorted(("", f"192.0.2.{number}") for number in range(30, 50))
    assert MOST_CALLERS == 20


def test_callers__come_again__have_their_last_time(token: AccessToken) -> None:
    usage = Usage()
    for minutes in (0, 5):
        use(usage, token, at=NOON + timedelta(minutes=minutes))
        usage.write()
    assert TokenCaller.objects.get().last_used_at == NOON + timedelta(minutes=5)


def test_uses__older_than_30_days__are_forgotten(token: AccessToken) -> None:
    usage = Usage()
    use(usage, token, at=NOON)
    with time_machine.travel(NOON):
        usage.write()
        assert len([each for each in days_of(token) if each.requests]) == 1
    with time_machine.travel(NOON + timedelta(days=DAYS_KEPT + 1)):
        use(usage, token, (b"", "192.0.2.2", b""), at=NOON + timedelta(days=DAYS_KEPT + 1))
        usage.write()
    assert list(requests_of(token)) == ["2026-12-04"]
    assert callers_of(token) == [("", "192.0.2.2")]


def test_use__over_rest__shows_days_and_callers(token: AccessToken, api: Api) -> None:
    usage = Usage()
    with time_machine.travel(NOON, tick=False):
        use(usage, token, times=2)
        use(usage, token, at=NOON - timedelta(days=2))
        usage.write()
        body = api.get(f"/tokens/{token.pk}/use").json()
    assert body["days"] == [{"day": "2026-11-01", "requests": 1}, {"day": "2026-11-03", "requests": 2}]
    assert [(each["origin"], each["address"]) for each in body["callers"]] == [("", "192.0.2.1")]


def test_use__of_a_key__is_that_with_all_its_tokens(token: AccessToken, api: Api) -> None:
    other = issue_token(instance=token.instance, name="app", actor=ACTOR).row
    key, usage = issue_key(account=token.instance.account, name="shop", scope="ingest", actor=ACTOR).row, Usage()
    with time_machine.travel(NOON, tick=False):
        for row, caller, times in ((token, SERVER, 2), (other, (b"https://shop.example.com", "", b""), 1)):
            for _ in range(times):
                usage.note(token=row.pk, key=key.pk, now=NOON.timestamp(), caller=caller)
        usage.write()
        body = api.get(f"/keys/{key.pk}/use").json()
    assert body["days"] == [{"day": "2026-11-03", "requests": 3}]
    callers = sorted((each["origin"], each["address"]) for each in body["callers"])
    assert callers == [("", "192.0.2.1"), ("https://shop.example.com", "")]
    assert requests_of(token) == {"2026-11-03": 2}
    assert callers_of(other) == [("https://shop.example.com", "")]


def test_use__with_one_key_after_another__is_the_tokens_all_the_same(token: AccessToken) -> None:
    usage = Usage()
    for key in (0, 1, 0):
        usage.note(token=token.pk, key=key, now=(NOON + timedelta(minutes=key)).timestamp(), caller=SERVER)
    usage.write()
    token.refresh_from_db()
    assert requests_of(token) == {"2026-11-03": 3}
    assert token.last_used_at == NOON + timedelta(minutes=1)
    assert TokenCaller.objects.get().last_used_at == NOON + timedelta(minutes=1)


def test_use__of_a_key_that_sets_up__has_who_called(token: AccessToken) -> None:
    issued = issue_key(account=token.instance.account, name="ci", scope="provision", actor=ACTOR)
    caller = Api(issued.header)
    with time_machine.travel(NOON, tick=False):
        assert caller.get("/tokens").status_code == 200
        assert caller.get("/tokens").status_code == 200
        body = caller.get(f"/keys/{issued.row.pk}/use").json()
    assert body == {
        "days": [],
        "callers": [{"origin": "", "address": "127.0.0.1", "last_used_at": "2026-11-03T12:00:00Z"}],
    }


def test_keys__used__have_their_last_use(token: AccessToken, api: Api) -> None:
    key, usage = ApiKey.objects.get(), Usage()
    usage.note(token=token.pk, key=key.pk, now=NOON.timestamp(), caller=SERVER)
    usage.write()
    key.refresh_from_db()
    assert key.last_used_at == NOON


@pytest.mark.parametrize("counts", [[], [0, 0], [1], [0, 1, 1_000_000], list(range(30))])
def test_chart__any_counts__stays_in_its_drawing(counts: list[int]) -> None:
    days = [DayCount(NOON.date() + timedelta(at), count) for at, count in enumerate(counts)]
    drawn = chart(days)
    assert drawn.total == sum(counts)
    assert drawn.most == max(counts, default=0)
    for bar, count in zip(drawn.bars, counts, strict=True):
        assert (bar.height > 0) == (count > 0)
        assert bar.y + bar.height == HEIGHT
        assert bar.x + bar.width <= WIDTH
    assert all(bar.height == HEIGHT for bar in drawn.bars if bar.requests == drawn.most > 0)
