"""A problem found outside the language, put where it stands in the text."""

from __future__ import annotations

import re

from provisioning.language.document import MappingNode, Node, SequenceNode
from provisioning.language.loading import load
from provisioning.language.places import locate as place_of
from provisioning.language.problems import Problem
from provisioning.language.token_text import hide_tokens

_STEP = re.compile(r"\[([0-9]+)\]|([^.\[\]]+)", re.ASCII)


def locate(text: str | bytes, path: str, *, code: str, message: str, hint: str = "") -> Problem:
    """An error at `path` (`tests[0].steps[1]`) of a configuration text, or at the last part of it that exists.

    What could be a token is not shown.
    """
    document = load(text)
    node = document.root
    for index, name in _STEP.findall(path):
        below = _below(node, index, name)
        if below is None:
            break
        node = below
    place = place_of(document.root, node if node is not None else 0)
    position = document.position(node.start if node is not None else 0)
    return Problem(
        place.path, place.where, position.line, position.column, "error", code, hide_tokens(message), hide_tokens(hint)
    )


def _below(node: Node | None, index: str, name: str) -> Node | None:
    if isinstance(node, MappingNode):
        return node.get(name)
    if isinstance(node, SequenceNode) and index and int(index) < len(node.items):
        return node.items[int(index)]
    return None
