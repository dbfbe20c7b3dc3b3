"""The two configurations that a command line names: versions, the draft, or files."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from p13nadmin.api.errors import Conflict, Invalid
from p13nadmin.commands import read_number
from provisioning.files import read_configuration
from provisioning.models import ConfigurationVersion, Draft
from provisioning.selectors import find_version, live_version, newest_version
from routing.models import Instance
from routing.selectors import find_instance_by_label

_LABEL: Final = re.compile(r"[0-9]+/[0-9]+", re.ASCII)
_WORDS: Final = ("live", "newest", "draft")
_FORMS: Final = "name an instance (1/8) and what to compare, or two files"


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two: what to call it, and its text."""

    name: str
    text: str


def sides(named: Sequence[str]) -> tuple[Side, Side]:
    """`1/8` (live and newest), `1/8 FROM` (that and the newest), `1/8 FROM TO`, or two files.

    FROM and TO are version numbers, `live`, `newest`, `draft`, or files. Raises NotFound, Conflict, Invalid, OSError.
    """
    if _LABEL.fullmatch(named[0]) and not Path(named[0]).is_file():
        if len(named) > 3:
            raise Invalid(_FORMS)
        instance = find_instance_by_label(named[0])
        chosen = [*named[1:], *("live", "newest")[len(named) - 1 :]]
        return side(instance, chosen[0]), side(instance, chosen[1])
    if len(named) != 2:
        raise Invalid(_FORMS)
    return _file(named[0]), _file(named[1])


def side(instance: Instance, choice: str) -> Side:
    """A version by its number, `live`, `newest` or `draft`, otherwise a file.

    Raises NotFound, Conflict, Invalid and OSError.
    """
    if choice.isascii() and choice.isdecimal():
        return _version(find_version(instance, _number(choice)))
    if choice not in _WORDS:
        return _file(choice)
    if choice == "draft":
        draft = Draft.objects.filter(instance=instance).first()
        if draft is None:
            raise Conflict(f"instance {instance.label} has no draft")
        return Side("the draft", draft.text)
    found = live_version(instance) if choice == "live" else newest_version(instance)
    if found is None:
        raise Conflict(f"nothing is {choice} on instance {instance.label} yet")
    return _version(found)


def _number(text: str) -> int:
    try:
        return read_number(text)
    except ValueError as error:
        raise Invalid(str(error)) from None


def _version(version: ConfigurationVersion) -> Side:
    return Side(f"version {version.number}", version.text)


def _file(name: str) -> Side:
    return Side("standard input" if name == "-" else name, read_configuration(name).decode("utf-8", "replace"))
