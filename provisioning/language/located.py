"""A problem found outside the language, put where it stands in the text."""

from __future__ import annotations

import re
from collections.abc import Iterator

from provisioning.language.document import Document, MappingNode, Node, SequenceNode
from provisioning.language.loading import load
from provisioning.language.places import locate as place_of
from provisioning.language.problems import Problem
from provisioning.language.token_text import hide_tokens

_STEP = re.compile(r"\[([0-9]+)\]|([^.\[\]]+)", re.ASCII)


def locate(text: str | bytes, path: str, *, code: str, message: str, hint: str = "") -> Problem:
    """An error at `path` (`tests[0].steps[1]`) of a configuration text, or at the last part of it that exists.

    What could be a token is not shown.
    """
    return located(load(text), path, code=code, message=message, hint=hint)


def located(document: Document, path: str, *, code: str, message: str, hint: str = "") -> Problem:
    """The same in a text that was read already."""
    node = document.root
    for below in _walk(node, path):
        if below is None:
            break
        node = below
    place = place_of(document.root, node if node is not None else 0)
    position = document.position(node.start if node is not None else 0)
    return Problem(
        place.path, place.where, position.line, position.column, "error", code, hide_tokens(message), hide_tokens(hint)
    )


def node_at(document: Document, path: str) -> Node | None:
    """What stands at `path`, None when nothing does."""
    return next(reversed(list(_walk(document.root, path))), document.root)


def _walk(node: Node | None, path: str) -> Iterator[Node | None]:
    for index, name in _STEP.findall(path):
        node = _below(node, index, name)
        yield node


def _below(node: Node | None, index: str, name: str) -> Node | None:
    if isinstance(node, MappingNode):
        return node.get(name)
    if isinstance(node, SequenceNode) and index and int(index) < len(node.items):
        return node.items[int(index)]
    return None
