"""What the names in an expression mean."""

from __future__ import annotations

from collections.abc import Mapping

from provisioning.language.expressions import global_functions, json_text, mathematics, object_functions, uri
from provisioning.language.expressions.values import JSValue, NativeFunction

ROOTS = frozenset({"PROFILE", "EVENT", "NOW", "SECRET"})
OBJECT_ROOTS = ROOTS - {"NOW"}
CONSTANTS: Mapping[str, JSValue] = {**global_functions.CONSTANTS, **mathematics.CONSTANTS}
FUNCTIONS: Mapping[str, NativeFunction] = {
    **global_functions.FUNCTIONS,
    **object_functions.FUNCTIONS,
    **mathematics.FUNCTIONS,
    **json_text.FUNCTIONS,
    **uri.FUNCTIONS,
}
NAMESPACES = frozenset({"Math", "Number", "Array", "Object", "JSON", "Date", "String", "Boolean"})
GLOBALS = frozenset(name for name in (*CONSTANTS, *FUNCTIONS) if "." not in name) | NAMESPACES
RESERVED = frozenset(
    {
        "arguments",
        "await",
        "break",
        "case",
        "catch",
        "class",
        "const",
        "continue",
        "debugger",
        "default",
        "delete",
        "do",
        "else",
        "enum",
        "eval",
        "export",
        "extends",
        "false",
        "finally",
        "for",
        "function",
        "if",
        "implements",
        "import",
        "in",
        "instanceof",
        "interface",
        "let",
        "new",
        "null",
        "package",
        "private",
        "protected",
        "public",
        "return",
        "static",
        "super",
        "switch",
        "this",
        "throw",
        "true",
        "try",
        "typeof",
        "var",
        "void",
        "while",
        "with",
        "yield",
    }
)
