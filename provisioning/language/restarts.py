"""Attributes whose stored values start empty: what profiles hold belongs to an attribute's name, type and window."""

from __future__ import annotations

from collections.abc import Mapping

from provisioning.language.document import MappingNode, Node, SequenceNode
from provisioning.language.findings import Findings
from provisioning.language.loading import load
from provisioning.language.outline import Fields, outline
from provisioning.language.places import item_title, shorten
from provisioning.language.problems import Problem
from provisioning.language.renames import find_renames

_HELD_BY = ("type", "window")


def restarts(old: str, new: str) -> tuple[Problem, ...]:
    """A warning at each attribute of the text `new` that profiles hold under `old` and that starts empty in `new`."""
    document = load(new)
    before, after = outline(load(old).root), outline(document.root)
    former = {name: known for known, name in find_renames(before, after).of("attributes").items()}
    findings = Findings(document)
    for node in _attributes(document.root):
        name = item_title("attributes", node)
        why = _why(name, former.get(name, name), before.sections["attributes"], after.sections["attributes"])
        if why:
            findings.warning(node, "starts-empty", f"the stored values of {shorten(name)} start empty: {why}")
    return findings.problems()


def former_names(old: str, new: str) -> Mapping[str, str]:
    """The attributes of the text `new` that were called otherwise in `old`, each with its name there."""
    renames = find_renames(outline(load(old).root), outline(load(new).root))
    return {now: before for before, now in renames.of("attributes").items()}


def _attributes(root: Node | None) -> tuple[Node, ...]:
    section = root.get("attributes") if isinstance(root, MappingNode) else None
    return section.items if isinstance(section, SequenceNode) else ()


def _why(name: str, former: str, before: Mapping[str, Fields], after: Mapping[str, Fields]) -> str:
    """What is another one than before, empty when nothing is that matters."""
    old, new = before.get(former), after.get(name)
    if old is None or new is None:
        return ""
    if former != name:
        return f"it was called {shorten(former)} before"
    changed = [f"its {part}" for part in _HELD_BY if old.get(part) != new.get(part)]
    return f"{' and '.join(changed)} changed" if changed else ""
