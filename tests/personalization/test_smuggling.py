"""What leaves by the public path is the same, whatever the sensitive values are: body, reason and all."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.personalization.rig import PATH, PUBLIC_PATH, Rig
from tests.provisioning.language.smuggled import READS

HEAD = """
keys:
  - {name: user, public: true}
  - {name: email, sensitive: true}
events:
  - {name: page, database: your_database, table: pageviews}
  - {name: boss, database: your_database, table: pageviews, if: EVENT.email === 'boss@example.com'}
attributes:
  - {name: visits, type: counter, event: page}
  - {name: tier, type: single, event: page, sensitive: true, if: EVENT.level != null, value: "${EVENT.level}"}
  - {name: domain, type: single, event: page, if: EVENT.email != null, value: "${EVENT.email.split('@')[1]}"}
"""
SECRETS: list[dict[str, Any]] = [
    {"email": "boss@example.com", "level": "gold"},
    {"email": "ann@mail.example.org", "level": "silver"},
    {"level": 7},
    {},
]
# Without offers: nothing but the reason could tell of the writes.
WRITES_ALONE = {"failing write", "failing gate", "write that cannot be kept", "large write"}
Answer = tuple[int, Any, str | None]


def attributes(value: str) -> str:
    """An attribute of each read; `value` holds it as READ."""
    return "".join(
        f"  - {{name: a{number}, event: page, {value.replace('READ', read.replace(chr(39), chr(39) * 2))}}}\n"
        for number, read in enumerate(READS)
    )


def offers(*written: str) -> str:
    return "offers:\n" + "".join(f"  - {{name: o{number}, set: {rule}}}\n" for number, rule in enumerate(written))


def of_each(rule: str) -> list[str]:
    return [
        rule.replace("READ", read.replace("'", "''")).replace("NUMBER", str(number))
        for number, read in enumerate(READS)
    ]


CONFIGURATIONS = {
    "data": offers(*of_each("{event: page, data: {k: '${READ}', l: 'x${READ}', fine: 1}}")),
    "condition": offers(*of_each("{event: page, if: '${READ}', data: {k: 1}}")),
    "comparison": offers(*of_each("{event: page, if: '${(READ) === ''gold''}', data: {k: 1}}")),
    "later rule": offers(
        *of_each("[{event: page, if: PROFILE.visits > 99, data: {}}, {event: page, if: '${READ}', data: {k: 1}}]")
    ),
    "failing condition": offers(*of_each("{event: page, if: '${(READ) == ''gold'' ? undefined.x : 1}', data: {k: 1}}")),
    "failing data": offers(*of_each("{event: page, data: {k: '${(READ) == ''gold'' ? undefined.x : 1}', fine: 1}}")),
    "single": attributes("type: single, value: '${READ}'")
    + offers(*of_each("{event: page, data: {k: '${PROFILE.aNUMBER}', fine: 1}}")),
    "list": attributes("type: list, distinct: false, value: '${READ}'")
    + offers(*of_each("{event: page, data: {k: '${PROFILE.aNUMBER.at(-1)?.value}', fine: 1}}")),
    "counter": attributes("type: counter, increment: '${Number(READ) || 1}'")
    + offers(*of_each("{event: page, data: {k: '${PROFILE.aNUMBER}', fine: 1}}")),
    "gate": attributes("type: counter, if: '${READ}'")
    + offers(*of_each("{event: page, if: PROFILE.aNUMBER > 0, data: {k: 1}}")),
    "failing write": attributes("type: single, value: '${(READ) == ''gold'' ? undefined.x : 1}'"),
    "failing gate": attributes("type: counter, if: '${(READ) == ''gold'' ? undefined.x : 1}'"),
    "write that cannot be kept": attributes("type: counter, increment: '${(READ) == ''gold'' ? ''no'' : 1}'"),
    "large write": attributes("type: single, value: '${(READ) == ''gold'' ? ''x''.repeat(5000) : 1}'"),
    "steps of the event": attributes(
        "type: single, value: '${(READ) == ''gold'' ? [...''x''.repeat(9000)].length : 1}'"
    )
    + offers("{event: page, data: {k: \"${[...'x'.repeat(9000)].length}\"}}"),
    "event": "  - {name: seen, type: counter, event: boss}\n"
    + offers("{event: page, if: PROFILE.seen > 0, data: {k: 1}}", "{event: boss, data: {k: 1}}"),
}  # fmt: skip


def answers(path: Path, text: str, secret: dict[str, Any]) -> tuple[list[Answer], list[Answer]]:
    """What the private and the public path answer, after a private event that told the secret."""
    with Rig(path, text=HEAD + text) as rig:
        private = [_posted(rig, {"user": "u1", **secret}, PATH), _posted(rig, {"user": "u1"}, PATH)]
        public = [_posted(rig, event, PUBLIC_PATH) for event in ({"user": "u1"}, {"user": "u1", "which": "tier"}) * 2]
    return private, public


def _posted(rig: Rig, event: dict[str, Any], path: str) -> Answer:
    response = rig.post(event, path=path)
    return response.status_code, response.json(), response.headers.get("x-p13n-reason")


@pytest.mark.parametrize("way", CONFIGURATIONS)
def test_public_answers__whatever_the_secret__are_the_same(tmp_path: Path, way: str) -> None:
    told = []
    for number, secret in enumerate(SECRETS):
        (tmp_path / str(number)).mkdir()
        told.append(answers(tmp_path / str(number), CONFIGURATIONS[way], secret))

    assert all(public == told[0][1] for _, public in told)
    assert way not in WRITES_ALONE or {reason for _, _, reason in told[0][1]} == {"no-rule"}
    assert all(status == 200 for private, public in told for status, _, _ in (*private, *public))


@pytest.mark.parametrize("way", [way for way in CONFIGURATIONS if way not in WRITES_ALONE])
def test_private_answers__differ_by_the_secret__so_that_the_comparison_means_something(
    tmp_path: Path, way: str
) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    first, second = (answers(tmp_path / str(name), CONFIGURATIONS[way], SECRETS[at]) for at, name in enumerate("ab"))

    assert first[0] != second[0]


def test_reason__only_withheld_offers__withheld_whether_they_would_match_or_not(tmp_path: Path) -> None:
    text = offers("{event: page, if: PROFILE.tier === 'gold', data: {k: 1}}")
    for number, secret in enumerate(SECRETS):
        (tmp_path / str(number)).mkdir()
        _, public = answers(tmp_path / str(number), text, secret)
        assert public[0] == (200, {"offers": {}}, "withheld")


def test_errors__of_tainted_writes__are_still_counted_for_the_staff(tmp_path: Path) -> None:
    text = '  - {name: bad, type: single, event: page, value: "${PROFILE.tier.a.b.c}"}\n'
    with Rig(tmp_path, text=HEAD + text) as rig:
        response = rig.post({"user": "u1"}, path=PUBLIC_PATH)

        assert response.headers["x-p13n-reason"] == "no-rule"
        assert 'attribute "bad", value' in rig.errors.of(rig.instance)


def test_errors__of_other_writes__are_told_by_the_reason(tmp_path: Path) -> None:
    text = '  - {name: bad, type: single, event: page, value: "${EVENT.a.b}"}\n'
    with Rig(tmp_path, text=HEAD + text) as rig:
        assert rig.post({"user": "u1"}, path=PUBLIC_PATH).headers["x-p13n-reason"] == "error"
