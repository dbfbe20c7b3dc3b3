"""Explanations as text for people."""

from __future__ import annotations

from textwrap import dedent

import pytest

from personalization.explanation_text import explanation_text
from tests.personalization.world import NOW, World

TEXT = """
attributes:
  - {name: visits, type: counter, event: page}
  - {name: spend, type: counter, event: page, increment: "${EVENT.item}"}
offers:
  - {name: failing, set: {event: page, data: {a: 1, b: "${EVENT.b.c}", d: 2}}}
  - {name: paused, enabled: false, set: {event: page, data: {a: 1}}}
  - {name: mailed, set: {event: page, if: PROFILE.mail, data: {a: 1}}}
  - {name: several, set: {event: page, data: {a: ["${EVENT.item}", "x${NOW}"], m: "${EVENT.mail}", n: "${EVENT.n}"}}}
  - {name: looping, set: {event: page, if: "[1, 2, 3, NOW].every(x => x > 0)", data: {a: 1}}}
activations:
  - {name: told, event: page, webhook: {url: "https://hooks.example.com/", headers: {X-Item: "${EVENT.item}"}, body: 1}}
"""


def told(name: str, *, public: bool = False) -> str:
    here = World(TEXT)
    found = here.profiles.explain("shop", "pages", {"user": "u", "item": "i\n"}, public=public, now=NOW)[1]
    lines = explanation_text(found, about={name}).splitlines()
    return "\n".join(lines[3:])


@pytest.mark.parametrize(
    ("name", "public", "text"),
    [
        ("visits", False, "visits: written, 0 -> 1\n  value: 1"),
        ("spend", False, "spend: not written, stays 0\n  value ${EVENT.item}: a counter needs a finite number"),
        ("paused", False, "paused: off, disabled"),
        (
            "failing",
            False,
            """
            failing: failed
              rule 1: matched
                data.a: 1
                data.b ${EVENT.b.c}: TypeError: undefined has no property c
                  fails at character 11: c}
                  EVENT.b = undefined
                data.d: not reached
            """,
        ),
        (
            "mailed",
            True,
            'mailed: withheld on the public path: rule 1 reads PROFILE.mail: the key "mail" is sensitive',
        ),
        (
            "several",
            True,
            """
            several: given
              rule 1: matched
                data.a: ["i\\n", "x1800000000"]
                  ${EVENT.item}: "i\\n"
                  x${NOW}: "x1800000000"
                  NOW = 1800000000
                data.m: left out on the public path: reads EVENT.mail: the key "mail" is sensitive
                data.n: left out: undefined
            """,
        ),
        (
            "looping",
            False,
            """
            looping: given
              rule 1: matched
                if [1, 2, 3, NOW].every(x => x > 0): true
                  [1, 2, 3, NOW] = [1, 2, 3, 1800000000]
                  NOW = 1800000000
                  x > 0 = true, then true, then true (the last of 4)
                  x = 2, then 3, then 1800000000 (the last of 4)
                data.a: 1
            """,
        ),
        ("told", False, 'told: fired\n  body: 1\n  header X-Item ${EVENT.item}: "i\\n"'),
    ],
)
def test_text__about_one_thing__tells_it(name: str, public: bool, text: str) -> None:
    assert dedent(told(name, public=public)) == dedent(text).strip()
