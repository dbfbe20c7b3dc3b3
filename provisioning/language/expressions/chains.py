"""Reading names, and chains of properties and calls: where it is decided what can be reached at all."""

from __future__ import annotations

from difflib import get_close_matches
from itertools import pairwise

from tree_sitter import Node

from provisioning.language.expressions import syntax
from provisioning.language.expressions.members import METHOD_NAMES
from provisioning.language.expressions.names import (
    CONSTANTS,
    FUNCTIONS,
    GLOBALS,
    NAMESPACES,
    OBJECT_ROOTS,
    RESERVED,
    ROOTS,
)
from provisioning.language.expressions.numbers import number_text
from provisioning.language.expressions.reading import Read, Reading, child_of, without_parentheses
from provisioning.language.expressions.refusals import MEMBERS, METHODS, NAMES

_METHODS = ("member_expression", "subscript_expression")
LINKS = {"member_expression": "object", "subscript_expression": "object", "call_expression": "function"}


def read_identifier(reading: Reading, node: Node) -> syntax.Node:
    """A name that stands by itself."""
    name = reading.check_name(node)
    slot = reading.find_variable(name)
    if slot is not None:
        return _read_variable(reading, node, name, slot)
    if name in ROOTS and name in reading.names:
        reading.reads.append(Read(name, None, reading.offset(node), None))
        return syntax.Root(reading.offset(node), name)
    if name in CONSTANTS:
        return syntax.Constant(reading.offset(node), CONSTANTS[name])
    if name in FUNCTIONS:
        return syntax.Native(reading.offset(node), name)
    return _refuse_name(reading, node, name)


def _read_variable(reading: Reading, node: Node, name: str, slot: int) -> syntax.Node:
    if slot in reading.unready:
        return reading.fail(node, "expression-syntax", f"`{name}` is used before it has a value")
    return syntax.Variable(reading.offset(node), slot)


def _refuse_name(reading: Reading, node: Node, name: str) -> syntax.Node:
    if name in ROOTS:
        return reading.fail(node, "expression-unknown-name", f"{name} cannot be used here")
    if name in NAMESPACES:
        return reading.fail(node, "expression-unsupported", f"not supported: {name} by itself", _members_hint(name))
    if name in RESERVED:
        return reading.fail(node, "expression-unsupported", f"not supported: `{name}`")
    hint = NAMES.get(name, "")
    if not hint:
        known = [*reading.names, *GLOBALS, *(name for scope in reading.variables for name in scope)]
        close = get_close_matches(name, known, n=1)
        hint = f"did you mean `{close[0]}`?" if close else f"write `EVENT.{name}` or `PROFILE.{name}` if it is data"
    return reading.fail(node, "expression-unknown-name", f"unknown name `{name[:60]}`", hint)


def _members_hint(name: str) -> str:
    members = sorted(known for known in (*FUNCTIONS, *CONSTANTS, "Date.now") if known.startswith(f"{name}."))
    return f"write {', '.join(members[:6])}{', …' if len(members) > 6 else ''}" if members else ""


def read_new(reading: Reading, node: Node) -> syntax.Node:
    """`new Date(…)`, the only use of `new`."""
    constructor = child_of(node, "constructor")
    if reading.text(constructor) != "Date" or reading.find_variable("Date") is not None:
        return reading.refuse_syntax(node)
    arguments = node.child_by_field_name("arguments")
    given = arguments.named_children if arguments is not None else []
    if arguments is not None:
        reading.check_commas(arguments)
    if len(given) != 1 or given[0].type == "spread_element":
        hint = "write `new Date(Date.now())`" if not given else "write an ISO text: `new Date('2027-01-31')`"
        return reading.fail(node, "expression-unsupported", "not supported: `new Date` without exactly one value", hint)
    return syntax.NewDate(reading.offset(node), reading.node(given[0]))


def read_chain(reading: Reading, node: Node) -> syntax.Node:
    """A value followed by `.name`, `[key]` and `(arguments)`, optional ones too."""
    steps: list[Node] = []
    while (before := LINKS.get(node.type)) is not None:
        steps.append(node)
        receiver = child_of(node, before)
        node = _called_in_parentheses(reading, node) if receiver.type == "parenthesized_expression" else receiver
    reading.check_count(node, len(steps))
    reading.parts += len(steps)
    steps.reverse()
    base, used = _read_base(reading, node, steps)
    links: list[syntax.Link] = []
    for step in steps[used:]:
        link = _read_link(reading, step)
        if link is not None:
            links.append(link)
    _check_methods(reading, base, links, steps[used:])
    _check_string(reading, base, links)
    if not links:
        return base
    return _fold_root(reading, base, links)


def receiver_of(step: Node) -> Node:
    """What a step of a chain is done with. `(a.b)(c)` calls the method b of a, as without parentheses."""
    receiver = child_of(step, LINKS[step.type])
    inner = without_parentheses(receiver)
    if inner is receiver or step.type != "call_expression" or inner.type not in _METHODS or _can_end_early(inner):
        return receiver
    return inner


def _called_in_parentheses(reading: Reading, step: Node) -> Node:
    """The receiver of a step, which stands in parentheses; those that say something are refused."""
    receiver = receiver_of(step)
    if step.type == "call_expression" and receiver.type == "parenthesized_expression":
        inner = without_parentheses(receiver)
        if inner.type in _METHODS:
            message = "not supported: parentheses around `?.` before a call"
            reading.fail(receiver, "expression-unsupported", message, "leave them out")
    return receiver


def _can_end_early(node: Node) -> bool:
    while node.type in LINKS:
        if node.child_by_field_name("optional_chain") is not None:
            return True
        node = child_of(node, LINKS[node.type])
    return False


def _read_base(reading: Reading, node: Node, steps: list[Node]) -> tuple[syntax.Node, int]:
    """What the chain begins with, and how many of its steps that takes."""
    inner = without_parentheses(node)
    name = reading.text(inner) if inner.type == "identifier" else ""
    if name in NAMESPACES and reading.find_variable(name) is None and steps[0].type != "call_expression":
        return _read_namespace(reading, name, steps)
    if inner.type in ("import", "super"):
        return reading.refuse_syntax(inner), len(steps)
    return reading.operand(node), 0


def _read_namespace(reading: Reading, name: str, steps: list[Node]) -> tuple[syntax.Node, int]:
    member = _static_name(reading, steps[0])
    full = f"{name}.{member}"
    if full == "Date.now":
        return _read_now(reading, steps)
    if full in CONSTANTS:
        return syntax.Constant(reading.offset(steps[0]), CONSTANTS[full]), 1
    if full in FUNCTIONS:
        return syntax.Native(reading.offset(steps[0]), full), 1
    what = full if member is not None else f"{name} by a computed name"
    hint = MEMBERS.get(full, "") or _members_hint(name)
    return reading.fail(steps[0], "expression-unsupported", f"not supported: {what}", hint), len(steps)


def _read_now(reading: Reading, steps: list[Node]) -> tuple[syntax.Node, int]:
    called = len(steps) > 1 and steps[1].type == "call_expression"
    if not called or child_of(steps[1], "arguments").named_children:
        refused = reading.fail(
            steps[0], "expression-unsupported", "not supported: Date.now as a value", "write `Date.now()`"
        )
        return refused, len(steps)
    offset = reading.offset(steps[0])
    reading.reads.append(Read("NOW", None, offset, None))
    seconds = syntax.Root(offset, "NOW")
    return syntax.Binary(offset, seconds, (syntax.Operation(offset, "*", syntax.Constant(offset, 1000.0)),)), 2


def _static_name(reading: Reading, step: Node) -> str | None:
    """The name that a step reads when it is written out, as `.name` or `["name"]`."""
    if step.type == "member_expression":
        return reading.text(child_of(step, "property"))
    index = without_parentheses(child_of(step, "index"))
    return reading.text(index)[1:-1] if index.type == "string" else None


def _read_link(reading: Reading, step: Node) -> syntax.Link | None:
    optional = step.child_by_field_name("optional_chain") is not None
    if step.type == "call_expression":
        return _read_call(reading, step, optional)
    if step.type == "member_expression":
        return _read_member(reading, step, optional)
    key = reading.node(child_of(step, "index"))
    if isinstance(key, syntax.Constant) and isinstance(key.value, str):
        return syntax.Member(reading.offset(child_of(step, "index")), key.value, optional)
    return syntax.Index(reading.offset(child_of(step, "index")), key, optional)


def _read_member(reading: Reading, step: Node, optional: bool) -> syntax.Link | None:
    name = child_of(step, "property")
    if name.type != "property_identifier":
        reading.refuse_syntax(name)
        return None
    return syntax.Member(reading.offset(name), reading.check_name(name), optional)


def _read_call(reading: Reading, step: Node, optional: bool) -> syntax.Link | None:
    arguments = child_of(step, "arguments")
    if arguments.type != "arguments":
        reading.fail(arguments, "expression-unsupported", "not supported: a name before a template", "write a call")
        return None
    reading.check_commas(arguments)
    read = tuple(read_argument(reading, child) for child in arguments.named_children)
    return syntax.Call(reading.offset(arguments), read, optional)


def read_argument(reading: Reading, node: Node) -> syntax.Node | syntax.Spread:
    """An argument of a call, which may be spread."""
    if node.type == "spread_element":
        return syntax.Spread(reading.offset(node), reading.node(node.children[1]))
    return reading.node(node)


def _check_methods(reading: Reading, base: syntax.Node, links: list[syntax.Link], steps: list[Node]) -> None:
    """Refuse the call of a method that there is not, and of what is data."""
    if len(links) != len(steps):
        return
    for index, (link, following) in enumerate(pairwise(links)):
        if not isinstance(link, syntax.Member) or not isinstance(following, syntax.Call):
            continue
        of_data = index == 0 and isinstance(base, syntax.Root) and base.name in OBJECT_ROOTS
        if of_data:
            hint = f"write `Object.values({base.name})` or name the data first" if isinstance(base, syntax.Root) else ""
            reading.fail(steps[0], "expression-method", f"`{link.name[:60]}` is data here and cannot be called", hint)
        elif link.name not in METHOD_NAMES:
            _refuse_method(reading, steps[index], link.name)
        elif link.name in ("match", "search") and _is_no_regex(following):
            message = f"`{link.name}` takes a regular expression"
            reading.fail(steps[index + 1], "expression-method", message, f"write `{link.name}(/…/)`")


def _is_no_regex(call: syntax.Call) -> bool:
    if not call.arguments or isinstance(call.arguments[0], syntax.Template):
        return True
    return isinstance(call.arguments[0], syntax.Constant) and isinstance(call.arguments[0].value, str | float)


def _refuse_method(reading: Reading, step: Node, name: str) -> None:
    instead = METHODS.get(name, "")
    close = get_close_matches(name, METHOD_NAMES, n=1)
    hint = f"use {instead}" if instead else f"did you mean `{close[0]}`?" if close else ""
    place = step.child_by_field_name("property") or step
    reading.fail(place, "expression-method", f"there is no method `{name[:60]}` here", hint)


def _check_string(reading: Reading, base: syntax.Node, links: list[syntax.Link]) -> None:
    """`String(x => x)` is seen here."""
    called = links[0] if links else None
    if isinstance(base, syntax.Native) and base.name == "String" and isinstance(called, syntax.Call):
        for argument in called.arguments[:1]:
            if not isinstance(argument, syntax.Spread):
                reading.check_text(argument)


def _fold_root(reading: Reading, base: syntax.Node, links: list[syntax.Link]) -> syntax.Node:
    """Make `PROFILE.name` one part, and note what is read of it."""
    first = links[0]
    if isinstance(base, syntax.Root) and base.name in OBJECT_ROOTS and isinstance(first, syntax.Member):
        position = next(index for index, read in enumerate(reading.reads) if read.offset == base.offset)
        following = _property_of(links[1]) if len(links) > 1 else None
        reading.reads[position] = Read(base.name, first.name, base.offset, following)
        base = syntax.RootMember(base.offset, base.name, first.name)
        links = links[1:]
    return syntax.Chain(base.offset, base, tuple(links)) if links else base


def _property_of(link: syntax.Link) -> str | None:
    if isinstance(link, syntax.Member):
        return link.name
    if isinstance(link, syntax.Index) and isinstance(link.key, syntax.Constant):
        return number_text(link.key.value) if isinstance(link.key.value, float) else None
    return None
