"""A YAML list of mappings, read from parse events: every scalar is its own text, nothing is resolved."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import yaml

from p13nadmin.bulk.rows import BadRow, BrokenFile, Row, Rows

_DEEPEST = 4
_NULLS = {"", "~", "null"}
# PyYAML raises these besides its own errors on some malformed input.
_OTHER_ERRORS = (ValueError, KeyError, AttributeError, IndexError, TypeError, RecursionError)


def read_yaml(lines: Iterable[str]) -> Rows:
    """The mappings of one YAML list. Raises BrokenFile when it is not one."""
    events = _events("".join(lines))
    event = next(events)
    if not isinstance(event, yaml.SequenceStartEvent):
        raise BrokenFile(_line(event), "a list of mappings is expected: - {account: 1, …}")
    _refuse_extras(event)
    for event in events:
        if isinstance(event, yaml.SequenceEndEvent):
            break
        line, value = _line(event), _value(event, events, depth=1)
        yield Row(line, value) if isinstance(value, dict) else BadRow(line, ("a mapping is expected",))
    for event in events:
        raise BrokenFile(_line(event), "nothing may follow the list")


def _events(text: str) -> Iterator[yaml.Event]:
    frame = (yaml.StreamStartEvent, yaml.StreamEndEvent, yaml.DocumentStartEvent, yaml.DocumentEndEvent)
    try:
        empty = True
        for event in yaml.parse(text, Loader=yaml.CSafeLoader):
            if not isinstance(event, frame):
                empty = False
                yield event
    except yaml.reader.ReaderError as error:
        line = text.encode()[: error.position].count(b"\n") + 1
        raise BrokenFile(line, "a control character is not allowed in YAML") from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise BrokenFile(mark.line + 1 if mark else 1, f"this is not YAML: {error.problem}") from None
    except (yaml.YAMLError, *_OTHER_ERRORS):
        raise BrokenFile(1, "this is not YAML") from None
    if empty:
        raise BrokenFile(1, "the file is empty")


def _value(event: yaml.Event, events: Iterator[yaml.Event], *, depth: int) -> Any:
    _refuse_extras(event)
    if isinstance(event, yaml.ScalarEvent):
        return None if event.style is None and event.value in _NULLS else event.value
    if depth > _DEEPEST:
        raise BrokenFile(_line(event), "nested too deeply")
    if isinstance(event, yaml.SequenceStartEvent):
        return [_value(each, events, depth=depth + 1) for each in _until(yaml.SequenceEndEvent, events)]
    return _mapping(events, depth)


def _mapping(events: Iterator[yaml.Event], depth: int) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key in _until(yaml.MappingEndEvent, events):
        _refuse_extras(key)
        if not isinstance(key, yaml.ScalarEvent):
            raise BrokenFile(_line(key), "a key is a plain word")
        if key.value in found:
            raise BrokenFile(_line(key), "a key appears twice in one mapping")
        found[key.value] = _value(next(events), events, depth=depth + 1)
    return found


def _until(end: type[yaml.Event], events: Iterator[yaml.Event]) -> Iterator[yaml.Event]:
    for event in events:
        if isinstance(event, end):
            return
        yield event


def _refuse_extras(event: yaml.Event) -> None:
    tag = getattr(event, "tag", None)
    if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None) or tag not in (None, "!"):
        raise BrokenFile(_line(event), "anchors, aliases and tags are not read here")


def _line(event: yaml.Event) -> int:
    return event.start_mark.line + 1 if event.start_mark else 1
