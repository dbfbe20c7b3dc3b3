"""Golden tests of configurations: what passes, and what a failing one says."""

from __future__ import annotations

import pytest

from personalization.golden import run_golden_tests
from provisioning.golden import run_golden_tests as run_registered
from tests.personalization.world import HEAD, NOW, plan_of

CONFIGURATION = (
    HEAD
    + """
attributes:
  - {name: seen, type: list, event: page, value: "${EVENT.item}"}
  - {name: visits, type: counter, event: page}
offers:
  - {name: last, set: {event: page, if: PROFILE.seen.length > 0, data: {item: "${PROFILE.seen.at(-1).value}"}}}
  - {name: secret, set: {event: page, if: PROFILE.mail, data: {ok: true}}}
tests:
"""
)


def failures(tests: str) -> list[tuple[str, str]]:
    plan = plan_of(CONFIGURATION + tests)
    return [(failure.path, failure.message) for failure in run_golden_tests(plan, now=NOW)]


@pytest.mark.parametrize(
    "step",
    [
        "event: {user: u1, item: a}, offers: {last: {item: a}}",
        "event: {user: u1}, offers: {}",
        "event: {user: u1, item: a}",
        "event: {user: u1, item: a}, profile: {visits: 1, user: u1, mail: null}",
        "event: {user: u1, item: a}, profile: {seen: [a]}",
        "event: {user: u1, item: a, time: 5}, profile: {seen: []}",
        "event: {user: u1, item: a, mail: m}, offers: {last: {item: a}, secret: {ok: true}}",
        "path: public, event: {user: u1, item: a, mail: m}, offers: {last: {item: a}}",
        "event: {item: a}, offers: {}",
    ],
)
def test_step__as_it_says__passes(step: str) -> None:
    assert failures(f"  - name: t\n    steps:\n      - {{post: shop/pages, {step}}}\n") == []


@pytest.mark.parametrize(
    ("step", "message"),
    [
        ("event: {user: u1, item: a}, offers: {}", 'offer "last": expected nothing, got {"item":"a"}'),
        ("event: {user: u1}, offers: {last: {item: a}}", 'offer "last": expected {"item":"a"}, got nothing (no-rule)'),
        ("event: {}, offers: {last: {item: a}}", 'offer "last": expected {"item":"a"}, got nothing (no-key)'),
        (
            "event: {user: u1, item: 1}, offers: {last: {item: '1'}}",
            'offer "last": expected {"item":"1"}, got {"item":1}',
        ),
        ("event: {user: u1}, profile: {visits: 2}", "PROFILE.visits: expected 2, got 1"),
        ("event: {user: u1}, profile: {visits: null}", "PROFILE.visits: expected null, got 1"),
        ("event: {user: u1, time: -1}, offers: {}", "the event would be refused: `time` must be an integer"),
    ],
)
def test_step__otherwise__says_what_was_expected_and_what_came(step: str, message: str) -> None:
    [(path, got)] = failures(f"  - name: t\n    steps:\n      - {{post: shop/pages, {step}}}\n")
    assert path == "tests[0].steps[0]"
    assert got.startswith(message)


def test_steps__of_one_test__share_profiles_and_tests_do_not() -> None:
    tests = """
  - name: first
    steps:
      - {post: shop/pages, event: {user: u1, item: a}}
      - {post: shop/pages, event: {user: u1, device: d}, profile: {visits: 2, seen: [a]}}
      - {post: shop/pages, event: {device: d}, profile: {visits: 3}}
  - name: second
    steps:
      - {post: shop/pages, event: {user: u1}, profile: {visits: 1}}
      - {post: shop/pages, event: {user: u1}, profile: {visits: 1}}
"""
    assert failures(tests) == [("tests[1].steps[1]", "PROFILE.visits: expected 1, got 2")]


def test_at__is_now_of_the_test() -> None:
    tests = """
  - name: t
    at: 2027-01-01T12:00:00Z
    steps:
      - {post: shop/pages, event: {user: u1, item: a}, profile: {seen: [{value: a, time: 1798804800}]}}
"""
    assert failures(tests) == []


def test_evaluation_error__is_told() -> None:
    plan = plan_of(
        HEAD
        + """
offers: [{name: o, set: {event: page, data: {x: "${EVENT.a.b}"}}}]
tests: [{name: t, steps: [{post: shop/pages, event: {user: u1}, offers: {o: {x: 1}}}]}]
"""
    )
    [failure] = run_golden_tests(plan, now=NOW)
    assert failure.message == 'offer "o": expected {"x":1}, got nothing (error)'
    assert failure.why.startswith('offer "o", rule 1, data, x: TypeError')


@pytest.mark.parametrize(
    ("step", "why"),
    [
        ("event: {}, offers: {last: {}}", "no usable value of a key"),
        ("event: {user: u1}, offers: {last: {}}", "no rule matched"),
        ("path: public, event: {device: d}, offers: {last: {}}", "no usable value of a key"),
        ("event: {user: u1, item: a}, offers: {}", ""),
    ],
)
def test_why__no_offer_came__is_said_in_words(step: str, why: str) -> None:
    plan = plan_of(CONFIGURATION + f"  - {{name: t, steps: [{{post: shop/pages, {step}}}]}}\n")
    [failure] = run_golden_tests(plan, now=NOW)

    assert why in failure.why
    assert failure.why.startswith("what happened:") == (not why)


def test_why__only_withheld_offers__is_said() -> None:
    text = """
offers: [{name: secret, set: {event: page, if: PROFILE.mail, data: {ok: true}}}]
tests: [{name: t, steps: [{post: shop/pages, path: public, event: {user: u1, mail: m}, offers: {secret: {ok: true}}}]}]
"""
    [failure] = run_golden_tests(plan_of(HEAD + text), now=NOW)

    assert "reads something sensitive" in failure.why


def test_why__value_not_written_because_of_an_error__is_said_of_the_profile() -> None:
    text = """
attributes: [{name: bad, type: single, event: page, value: "${EVENT.a.b}"}]
tests: [{name: t, steps: [{post: shop/pages, event: {user: u1}, profile: {bad: 1}}]}]
"""
    [failure] = run_golden_tests(plan_of(HEAD + text), now=NOW)

    assert failure.message == "PROFILE.bad: expected 1, got null"
    assert failure.why.startswith('attribute "bad", value: TypeError')


def test_event__in_a_test__is_stamped_as_at_the_endpoint_and_always_alike() -> None:
    text = """
attributes: [{name: seen, type: list, event: page, value: "${JSON.stringify(EVENT)}"}]
tests:
  - name: t
    at: 2027-01-01T12:00:00Z
    steps:
      - {post: shop/pages, event: {user: u1}}
      - post: shop/pages
        event: {user: u1, uuid: 0190b5a4-7b2c-7def-8a1b-0123456789ab, time: 5}
      - post: shop/pages
        event: {user: u1}
        profile:
          seen:
            - '{"user":"u1","time":1798804800,"uuid":"00000000-0000-7000-8000-000000000001"}'
            - '{"user":"u1","time":1798804800,"uuid":"00000000-0000-7000-8000-000000000003"}'
"""
    assert run_golden_tests(plan_of(HEAD + text), now=NOW) == []


def test_runner__is_registered_for_provisioning() -> None:
    plan = plan_of(
        CONFIGURATION + "  - {name: t, steps: [{post: shop/pages, event: {user: u1}, profile: {visits: 9}}]}"
    )
    assert [failure.path for failure in run_registered(plan, now=NOW, text="")] == ["tests[0].steps[0]"]


def whys(tests: str) -> list[str]:
    plan = plan_of(CONFIGURATION + tests)
    return [failure.why for failure in run_golden_tests(plan, now=NOW)]


def test_why__of_an_offer__tells_its_rules_and_what_they_read_of_the_profile() -> None:
    [why] = whys("  - {name: t, steps: [{post: shop/pages, event: {user: u1}, offers: {last: {item: a}}}]}\n")
    assert why.splitlines()[1:] == [
        "events",
        "  page: matched",
        "attributes",
        "  seen: not written: the value is undefined, stays []",
        "    value ${EVENT.item}: undefined",
        "offers",
        "  last: no rule matched",
        "    rule 1: its condition is not met",
        "      if PROFILE.seen.length > 0: false",
        "        PROFILE.seen.length = 0",
        "        PROFILE.seen = []",
    ]


def test_why__of_an_attribute__tells_what_was_written_in_the_first_step_that_fails() -> None:
    tests = """
  - name: t
    steps:
      - {post: shop/pages, event: {user: u1}, profile: {visits: 1}}
      - {post: shop/pages, event: {user: u1}, profile: {visits: 1}}
      - {post: shop/pages, event: {user: u1}, profile: {visits: 1}}
"""
    first, second = whys(tests)
    assert "  visits: written, 1 -> 2" in first.splitlines()
    assert second == ""


def test_why__after_a_step_that_is_refused__is_still_told() -> None:
    tests = """
  - name: t
    steps:
      - {post: shop/pages, event: {user: u1, time: -1}, offers: {}}
      - {post: shop/pages, event: {user: u1}, profile: {visits: 2}}
"""
    refused, other = whys(tests)
    assert refused == ""
    assert "  visits: written, 0 -> 1" in other.splitlines()


def test_why__nobody_identified__tells_the_keys() -> None:
    [why] = whys("  - {name: t, steps: [{post: shop/pages, event: {user: 'null'}, offers: {last: {}}}]}\n")
    assert why.splitlines()[1:] == [
        "keys",
        '  user = "null": identifies nobody',
        "  mail: not in the event",
        "  device: not in the event",
    ]


def test_why__very_long__is_cut_at_a_line() -> None:
    rules = "".join(
        f"      - {{event: page, if: EVENT.country == 'number {n}', data: {{n: {n}}}}}\n" for n in range(99)
    )
    plan = plan_of(
        f"{HEAD}offers:\n  - name: o\n    set:\n{rules}"
        "tests: [{name: t, steps: [{post: shop/pages, event: {user: u1}, offers: {o: {}}}]}]\n"
    )
    [failure] = run_golden_tests(plan, now=NOW)
    reason = failure.why.partition("\n")[2]
    assert 1900 < len(reason) <= 2000
    assert reason.endswith("\n…")


def test_why__of_many_failing_tests__is_told_for_twenty() -> None:
    tests = "".join(
        f"  - {{name: t{n}, steps: [{{post: shop/pages, event: {{user: u1}}, profile: {{visits: 9}}}}]}}\n"
        for n in range(25)
    )
    assert [bool(why) for why in whys(tests)] == [True] * 20 + [False] * 5
