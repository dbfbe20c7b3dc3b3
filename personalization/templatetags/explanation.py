"""Filters that show an explanation: values worked out, as trees; words for states."""

from __future__ import annotations

from collections.abc import Iterable

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from personalization.explanation import ExpressionTrace, ValueTrace
from personalization.explanation_text import ATTRIBUTE_WORDS, KEY_WORDS, place_words, worded
from personalization.part_tree import PartNode, part_tree
from personalization.times import time_text

register = template.Library()

_LONG = 100  # characters of a value that are shown unfolded
_DEEPEST = 12  # deeper parts are listed without folding them further
_FALSY = frozenset({"false", "null", "undefined", "0", "NaN", '""'})
_SENSITIVE = mark_safe(' <span class="c-badge c-badge-warn">sensitive</span>')


@register.filter
def value_text(text: str) -> SafeString:
    """A value as code; a long one folded."""
    if len(text) <= _LONG:
        return format_html('<code class="t-value">{}</code>', text)
    return format_html(
        '<details class="t-long"><summary><code>{}…</code></summary><code class="t-value">{}</code></details>',
        text[:_LONG],
        text,
    )


@register.filter
def worked_out(value: ValueTrace | None, title: str) -> SafeString:
    """What was worked out, under the name of its field, and of what; nothing when there was nothing to work out."""
    if value is None:
        return mark_safe("")
    single = len(value.expressions) == 1
    source = format_html(" <code>{}</code>", value.expressions[0].source) if single else ""
    result = format_html('<span class="t-error">{}</span>', value.error) if value.error else value_text(value.value)
    sensitive = _SENSITIVE if value.sensitive else ""
    line = format_html('<div class="t-line"><b>{}</b>{} = {}{}</div>', title, source, result, sensitive)
    return format_html("{}{}", line, format_html_join("", "{}", _inside(value.expressions, single=single)))


@register.filter
def key_words(status: str) -> str:
    """What a key's state means."""
    return KEY_WORDS[status]


@register.filter
def attribute_words(status: str) -> str:
    """What an attribute's state means."""
    return ATTRIBUTE_WORDS[status]


@register.filter
def state_words(status: str, why: str = "") -> str:
    """What the state of an offer, a rule, an activation, an event or a data key means."""
    return worded(status, why)


@register.filter
def epoch(seconds: float) -> str:
    """A time in UTC."""
    return time_text(int(seconds))


def _inside(expressions: Iterable[ExpressionTrace], *, single: bool) -> Iterable[tuple[SafeString]]:
    for expression in expressions:
        if not single:
            yield (
                format_html('<div class="t-line"><code>{}</code> = {}</div>', expression.source, _result(expression)),
            )
        if expression.offset is not None:
            yield (_failing(expression, expression.offset),)
        if expression.parts:
            yield (_tree(part_tree(expression.parts), 0),)


def _failing(expression: ExpressionTrace, offset: int) -> SafeString:
    line = place_words(expression.place)
    where = f", {line} of the configuration" if line else ""
    return format_html('<div class="t-line t-error">fails at “{}”{}</div>', expression.source[offset:], where)


def _result(expression: ExpressionTrace) -> SafeString:
    if expression.error:
        return format_html('<span class="t-error">{}</span>', expression.error)
    return value_text(expression.value)


def _tree(nodes: Iterable[PartNode], depth: int) -> SafeString:
    return format_html(
        '<ul class="t-tree">{}</ul>', format_html_join("", "<li>{}</li>", ((_node(n, depth),) for n in nodes))
    )


def _node(node: PartNode, depth: int) -> SafeString:
    part = node.part
    more = (
        format_html(' <span class="c-muted">the last of {}</span>', part.count) if part.count > len(part.values) else ""
    )
    shown = format_html_join(", then ", "{}", ((value_text(value),) for value in part.values))
    tone = "t-false" if node.value in _FALSY else "t-true"
    sensitive = _SENSITIVE if part.sensitive else ""
    line = format_html('<code>{}</code> <span class="{}">= {}</span>{}{}', part.source, tone, shown, more, sensitive)
    if not node.children:
        return line
    if depth >= _DEEPEST:
        return format_html("{}{}", line, _tree(node.children, depth + 1))
    opened = mark_safe(" open") if depth < 2 else ""
    return format_html("<details{}><summary>{}</summary>{}</details>", opened, line, _tree(node.children, depth + 1))
