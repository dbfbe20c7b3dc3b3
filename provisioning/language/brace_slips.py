"""`{{…}}`, as other template languages write what is `${…}` here, and YAML takes for a mapping in a mapping."""

from __future__ import annotations

import re

from provisioning.language.expressions import WEBHOOK_SCOPE, ExpressionErrors, compile_expression, compile_text
from provisioning.language.slip import Slip

_BRACES = re.compile(r"\{\{\s*((?:(?!\{\{|\}\}).)+?)\s*\}\}")
_LEAD = re.compile(r"(?P<lead>[ \t]*(?:-[ ]+)*(?P<key>[^\s:#'\"\[\]{}-][^:#{}\[\]]*?)[ ]*:[ ]+)(?P<value>\S.*)")
_QUOTED = re.compile(r"'(?:[^']|'')*'|\"[^\"\\]*\"")


def double_braces(line: str) -> Slip | None:
    """The slip of a line that holds `{{…}}`, if it does."""
    if not _BRACES.search(line):
        return None
    found = _LEAD.fullmatch(line)
    condition = found is not None and found["key"] == "if"
    mended = _mended(found, condition=condition) if found is not None and not _in_collection(found["value"]) else ""
    hint = "an `if` needs no braces" if condition else "write `${…}`"
    return Slip("double-braces", "`{{…}}` is not known here, and a mapping in a mapping to YAML", hint, mended)


def _in_collection(value: str) -> bool:
    return value[0] in "[{" and not value.startswith("{{")


def _mended(found: re.Match[str], *, condition: bool) -> str:
    value = found["value"].rstrip()
    quoted = _QUOTED.fullmatch(value)
    bare = value[1:-1].replace("''", "'") if quoted and value[0] == "'" else value[1:-1] if quoted else value
    if condition:
        source = _BRACES.sub(lambda match: match[1], bare)
    else:
        source = _BRACES.sub(lambda match: "${" + match[1] + "}", bare)
    if not _compiles(source, condition=condition):
        return ""
    return found["lead"] + (source if _plain(source) else "'" + source.replace("'", "''") + "'")


def _compiles(source: str, *, condition: bool) -> bool:
    try:
        _ = compile_expression(source) if condition else compile_text(source, names=WEBHOOK_SCOPE)
    except ExpressionErrors:
        return False
    return True


def _plain(text: str) -> bool:
    """Whether YAML reads the text as it stands, without quotes."""
    return text[0] not in "!&*>|`@%[{\"'#-?:," and ": " not in text and " #" not in text and text[-1] != ":"
