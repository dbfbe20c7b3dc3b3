"""Random expressions of the whole language, mutated ones, and random heaps of tokens."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

from tests.provisioning.language.expressions.random_regexes import random_regex

NUMBERS = [
    "0",
    "1",
    "2",
    "3",
    "-1",
    "0.5",
    "1.5",
    "-0",
    "10",
    "1e21",
    "1e-7",
    "0.1",
    "255",
    "2147483648",
    "4294967296",
    "1e300",
    "9007199254740993",
    "123.456",
]
NUMBERS += ["NaN", "Infinity", "-Infinity", "5e-324", "1_000", "0x1f", ".5", "5."]
TEXTS = ['""', '"a"', '"abc"', '"10"', '"9"', '" 12 "', '"08"', '"0x1f"', '"1e3"', '"😀"', '"a😀b"', '"\\ud83d"']
TEXTS += ['"\\udc00x"', '"A,b,,c"', '"Straße"', '"NaN"', '"null"', '"length"', '"0"', '"-0"', '"\\n\\t "', "'it\\'s'"]
BOOLEANS = ["true", "false"]
NOTHING = ["null", "undefined"]
LISTS = ["[]", "[3,1,2]", '["b","a","10","9"]', "[1,[2,[3]],null]", "[undefined,NaN,0]", "[[1,2],[3,4]]", "[0]"]
OBJECTS = ["{}", "{a:1,b:2}", '{b:1,"2":2,"1":3}', "{a:{b:[1]}}", '{value:"x",time:5}', "{length:2}"]
DATES = ["new Date(0)", 'new Date("2027-01-31T12:30:00Z")', "new Date(NaN)", 'new Date("2024-02-29")']
NAMES = ["number", "text", "truth", "list", "object", "nothing", "missing", "big", "emoji", "items", "mixed"]

_BINARY = {
    "|": 5, "^": 6, "&": 7, "==": 8, "!=": 8, "===": 8, "!==": 8, "<": 9, ">": 9, "<=": 9, ">=": 9,
    "<<": 10, ">>": 10, ">>>": 10, "+": 11, "-": 11, "*": 12, "/": 12, "%": 12,
}  # fmt: skip
_LIST_METHODS = {
    "at": "n", "concat": "a", "every": "f", "filter": "f", "find": "f", "findIndex": "f", "findLast": "f",
    "findLastIndex": "f", "flat": "?n", "flatMap": "f", "includes": "a?n", "indexOf": "a?n", "join": "?t",
    "lastIndexOf": "a?n", "map": "f", "reduce": "r?a", "reduceRight": "r?a", "slice": "?n?n", "some": "f",
    "toReversed": "", "toSorted": "?c", "with": "na",
}  # fmt: skip
_TEXT_METHODS = {
    "at": "n", "charAt": "n", "charCodeAt": "n", "codePointAt": "n", "concat": "t?a", "endsWith": "t?n",
    "includes": "t?n", "indexOf": "t?n", "lastIndexOf": "t?n", "padEnd": "s?t", "padStart": "s?t", "repeat": "s",
    "replace": "tt", "replaceAll": "tt", "slice": "?n?n", "split": "?t?n", "startsWith": "t?n", "substring": "?n?n",
    "toLowerCase": "", "toUpperCase": "", "trim": "", "trimEnd": "", "trimStart": "", "normalize": "",
}  # fmt: skip
_MATH = ["abs", "ceil", "clz32", "floor", "fround", "imul", "max", "min", "round", "sign", "sqrt", "trunc", "hypot"]
_GETTERS = [
    "getTime",
    "getUTCFullYear",
    "getUTCMonth",
    "getDate",
    "getUTCDay",
    "getHours",
    "getUTCMinutes",
    "getSeconds",
    "toISOString",
]


def random_data(random: Random) -> dict[str, Any]:
    """A profile or an event: the same names, and values of mostly the kind that the name says."""
    texts = ["", "abc", "10", "9.5", "x y", "😀", "a😀", "É", "1e3", "NaN", "true"]
    numbers = [0, 1, -1, 2.5, 100, 1e21, 1e-7, 2**53 + 1, -0.0, 3]
    scalars = [*texts, *numbers, True, False, None]
    return {
        "number": random.choice(numbers),
        "text": random.choice(texts),
        "truth": random.random() < 0.5,
        "list": [random.choice(scalars) for _ in range(random.randrange(5))],
        "object": {random.choice(["a", "b", "2", "1", "value"]): random.choice(scalars) for _ in range(3)},
        "nothing": None,
        "big": random.choice([2**53 + 1, 2**60, -(2**53) - 1, 1e300, 10**25]),
        "emoji": random.choice(["😀", "a😀b", "\ud83d", "\ude00\ud83d"]),
        "items": [{"value": random.choice(scalars), "time": index} for index in range(random.randrange(4))],
        "mixed": random.choice([*scalars, [], [1, "2"], {}]),
    }


class Expressions:
    """Writes expressions. Every method answers the text and how tightly its outermost operator binds."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.variables: list[str] = []

    def source(self) -> str:
        kinds = "nnttbblloao"
        return self.at_least(0, self.random.choice(kinds), self.random.randrange(2, 5))

    def at_least(self, need: float, kind: str, depth: int) -> str:
        """An expression that binds at least so tightly, in parentheses where it must be."""
        text, binding = self.expression(kind, depth)
        return f"({text})" if binding < need or self.random.random() < 0.03 else text

    def expression(self, kind: str, depth: int) -> tuple[str, float]:
        if self.random.random() < 0.12:
            kind = self.random.choice("ntblod" if self.random.random() < 0.5 else "ntblo")
        if depth <= 0:
            return self.leaf(kind)
        return self.random.choice(self.productions(kind))(depth - 1)

    def productions(self, kind: str) -> list[Callable[[int], tuple[str, float]]]:
        shared = [self.conditional, self.logical, self.member, lambda _: self.leaf(kind)]
        own: dict[str, list[Callable[[int], tuple[str, float]]]] = {
            "n": [
                self.arithmetic,
                self.arithmetic,
                self.arithmetic,
                self.unary,
                self.math,
                self.conversion,
                self.power,
            ],
            "t": [self.text_method, self.text_method, self.template, self.joined, self.number_text, self.json],
            "b": [self.comparison, self.comparison, self.negation, self.list_method, self.inside],
            "l": [self.list_method, self.list_method, self.list_literal, self.object_parts, self.text_method],
            "o": [self.object_literal, self.list_method],
            "d": [lambda _: (self.random.choice(DATES), 16.0), self.date],
        }
        return own.get(kind, own["n"] + own["l"]) + shared

    def leaf(self, kind: str) -> tuple[str, float]:
        if self.variables and self.random.random() < 0.4:
            return self.random.choice(self.variables), 17
        if self.random.random() < 0.35:
            return f"{self.random.choice(['PROFILE', 'EVENT'])}.{self.random.choice(NAMES)}", 17
        if self.random.random() < 0.08:
            return self.random.choice(NOTHING), 17
        pools = {"n": NUMBERS, "t": TEXTS, "b": BOOLEANS, "l": LISTS, "o": OBJECTS, "d": DATES}
        text = self.random.choice(pools.get(kind, NUMBERS + TEXTS + LISTS))
        binding = (
            14 if text.startswith("-") else 15 if text[0].isdigit() or text[0] == "." else 16 if kind == "d" else 17
        )
        return text, binding

    def arithmetic(self, depth: int) -> tuple[str, float]:
        operator = self.random.choice(["+", "-", "*", "/", "%", "|", "&", "^", "<<", ">>", ">>>"])
        return self.operation(operator, depth)

    def comparison(self, depth: int) -> tuple[str, float]:
        return self.operation(self.random.choice(["==", "!=", "===", "!==", "<", ">", "<=", ">="]), depth)

    def operation(self, operator: str, depth: int) -> tuple[str, float]:
        binding = _BINARY[operator]
        kind = self.random.choice("nnnntbloa")
        left = self.at_least(binding, kind, depth)
        right = self.at_least(binding + 1, self.random.choice([kind, "n", "t"]), depth)
        return f"{left} {operator} {right}", binding

    def power(self, depth: int) -> tuple[str, float]:
        return f"{self.at_least(15, 'n', 0)} ** {self.random.choice(['2', '3', '0', '-1', '0.5'])}", 13

    def unary(self, depth: int) -> tuple[str, float]:
        operator = self.random.choice(["-", "+", "~", "typeof ", "void ", "!"])
        return f"{operator}{' ' if operator in '-+' else ''}{self.at_least(14, self.any_kind(), depth)}", 14

    def negation(self, depth: int) -> tuple[str, float]:
        return f"!{self.at_least(14, self.any_kind(), depth)}", 14

    def any_kind(self) -> str:
        return self.random.choice("nntblod")

    def inside(self, depth: int) -> tuple[str, float]:
        key = self.random.choice(['"a"', '"2"', "0", '"length"', "1"])
        return f"{key} in {self.at_least(10, self.random.choice('ol'), depth)}", 9

    def conditional(self, depth: int) -> tuple[str, float]:
        parts = self.at_least(2.5, "b", depth), self.at_least(1, "n", depth), self.at_least(1, "t", depth)
        return f"{parts[0]} ? {parts[1]} : {parts[2]}", 2

    def logical(self, depth: int) -> tuple[str, float]:
        operator = self.random.choice(["&&", "||", "??"])
        binding = {"&&": 4, "||": 3, "??": 5}[operator]
        parts = [self.at_least(binding, self.any_kind(), depth) for _ in range(self.random.choice([2, 2, 3]))]
        return f" {operator} ".join([parts[0], *parts[1:]]), 2.6 if operator == "??" else binding

    def member(self, depth: int) -> tuple[str, float]:
        receiver = self.at_least(16, self.random.choice("olllttn"), depth)
        dot, bracket = self.random.choice([(".", ""), (".", ""), ("?.", "?.")])
        name = self.random.choice(["length", "a", "b", "value", "0", "1", "2", "nope", "time"])
        if name.isdigit() or self.random.random() < 0.3:
            key = self.random.choice([f'"{name}"', name if name.isdigit() else f"'{name}'", "-1", "1.5"])
            return f"{receiver}{bracket}[{key}]", 16
        return f"{receiver}{dot}{name}", 16

    def math(self, depth: int) -> tuple[str, float]:
        if self.random.random() < 0.2:
            return f"Math.{self.random.choice(['max', 'min'])}(...{self.at_least(1, 'l', depth)})", 16
        arguments = ", ".join(self.at_least(1, "n", depth) for _ in range(self.random.choice([1, 1, 2])))
        return f"Math.{self.random.choice(_MATH)}({arguments})", 16

    def conversion(self, depth: int) -> tuple[str, float]:
        name = self.random.choice(
            ["Number", "parseFloat", "isNaN", "isFinite", "Number.isInteger", "Number.isSafeInteger", "Boolean"]
        )
        if self.random.random() < 0.3:
            radix = self.random.choice(["", ", 10", ", 16", ", 2", ", 36", ", 7", ", 0"])
            return f"parseInt({self.at_least(1, 't', depth)}{radix})", 16
        return f"{name}({self.at_least(1, self.random.choice('tna'), depth)})", 16

    def number_text(self, depth: int) -> tuple[str, float]:
        receiver = self.at_least(16, "n", depth)
        whole = f"({self.at_least(5, 'n', depth)} | 0)"
        method = self.random.choice(["toFixed(2)", "toFixed()", "toPrecision(3)", "toPrecision(21)"])
        return self.random.choice([f"{receiver}.{method}", f"{whole}.toString({self.random.randrange(2, 37)})"]), 16

    def json(self, depth: int) -> tuple[str, float]:
        indent = self.random.choice(["", "", ", null, 1", ', undefined, "--"'])
        return f"JSON.stringify({self.at_least(1, self.any_kind(), depth)}{indent})", 16

    def joined(self, depth: int) -> tuple[str, float]:
        return f"{self.at_least(11, self.any_kind(), depth)} + {self.at_least(12, 't', depth)}", 11

    def template(self, depth: int) -> tuple[str, float]:
        return f"`a${{{self.at_least(0, self.any_kind(), depth)}}}\\n${{{self.at_least(0, 't', depth)}}}`", 17

    def date(self, depth: int) -> tuple[str, float]:
        return f"{self.random.choice(DATES)}.{self.random.choice(_GETTERS)}()", 16

    def list_literal(self, depth: int) -> tuple[str, float]:
        items = [self.at_least(1, self.any_kind(), depth - 1) for _ in range(self.random.randrange(4))]
        if self.random.random() < 0.3:
            items.append(f"...{self.at_least(1, self.random.choice('lt'), depth - 1)}")
        return f"[{', '.join(items)}]", 17

    def object_literal(self, depth: int) -> tuple[str, float]:
        keys = self.random.sample(
            ["a", "b", '"2"', "1", "[`k`]", "'x y'", "value", "[0 + 1]"], self.random.randrange(4)
        )
        entries = [f"{key}: {self.at_least(1, self.any_kind(), depth - 1)}" for key in keys]
        if self.random.random() < 0.3:
            entries.append(f"...{self.at_least(1, self.random.choice('olt'), depth - 1)}")
        return f"{{{', '.join(entries)}}}", 17

    def object_parts(self, depth: int) -> tuple[str, float]:
        function = self.random.choice(["keys", "values", "entries"])
        return f"Object.{function}({self.at_least(1, self.random.choice('oolt'), depth)})", 16

    def list_method(self, depth: int) -> tuple[str, float]:
        return self.method(self.at_least(16, "l", depth), _LIST_METHODS, depth)

    def text_method(self, depth: int) -> tuple[str, float]:
        if self.random.random() < 0.2:
            return self.with_regex(depth)
        return self.method(self.at_least(16, "t", depth), _TEXT_METHODS, depth)

    def method(self, receiver: str, methods: dict[str, str], depth: int) -> tuple[str, float]:
        name = self.random.choice(list(methods))
        arguments: list[str] = []
        for code in methods[name].replace("?", " ").split(" "):
            if code != methods[name].split("?")[0] and self.random.random() < 0.5:
                break
            arguments += [self.argument(letter, depth) for letter in code]
        dot = "?." if self.random.random() < 0.1 else "."
        return f"{receiver}{dot}{name}({', '.join(arguments)})", 16

    def argument(self, code: str, depth: int) -> str:
        if code == "s":
            return str(self.random.randrange(12))
        if code == "f":
            return self.callback(
                self.random.choice(["x", "x", "(x, i)", "({value})", "([p, q = 1])", "(...r)"]), "b", depth
            )
        if code == "r":
            return self.callback("(m, x)", "a", depth)
        if code == "c":
            return self.random.choice(["(p, q) => p - q", "(p, q) => q - p", "undefined"])
        return self.at_least(1, code if code != "a" else self.any_kind(), depth - 1)

    def callback(self, parameters: str, kind: str, depth: int) -> str:
        if self.random.random() < 0.1:
            return self.random.choice(["Number", "Boolean", "String", "parseInt", "Math.abs", "Array.isArray"])
        names = [name for name in ("x", "i", "value", "p", "q", "r", "m") if name in parameters]
        self.variables += names
        body = self.at_least(1, self.random.choice([kind, "a"]), depth - 1)
        del self.variables[-len(names) :]
        return f"{parameters} => {f'({body})' if body.startswith('{') else body}"

    def with_regex(self, depth: int) -> tuple[str, float]:
        receiver = self.at_least(16, "t", depth)
        regex = random_regex(self.random)
        call = self.random.choice(["match({})", "search({})", "split({})", 'replace({}, "[$&]")', "split({}, 2)"])
        return f"{receiver}.{call.format(regex)}", 16


_TOKENS = [
    "a", "b", "x", "PROFILE", "EVENT", "NOW", "PROFILE.list", "EVENT.text", "1", "0", "08", "1.5", ".5", "1n", "0x",
    "'a'", '"b"', "`c`", "`${", "}", "/a/", "/a/g", "(", ")", "[", "]", "{", "}", ",", ";", ":", ".", "?.", "?",
    "=>", "...", "+", "-", "*", "/", "%", "**", "!", "~", "<", ">", "<=", ">=", "==", "===", "!=", "!==", "&&",
    "||", "??", "&", "|", "^", "<<", ">>", ">>>", "=", "+=", "++", "--", "in", "instanceof", "typeof", "void",
    "delete", "new", "Date", "this", "null", "true", "false", "undefined", "NaN", "let", "yield", "await", "async",
    "function", "class", "=>", "x=>x", "(x)=>x", "[x]=>x", "({x})=>x", "length", "map", ".map(", ".length", "[0]",
    "(1)", '\n', "//", "/*", "*/", "#", "@", '\\', "'", '"', "`",
]  # fmt: skip


def random_tokens(random: Random) -> str:
    """A heap of tokens, most of which is no expression."""
    return random.choice(["", " "]).join(random.choice(_TOKENS) for _ in range(random.randrange(1, 9)))


def mutated(random: Random, source: str) -> str:
    """An expression with a few characters or tokens lost, doubled or put in: hardly ever still one."""
    for _ in range(random.randrange(1, 4)):
        start = random.randrange(len(source) + 1)
        end = min(len(source), start + random.choice([0, 0, 1, 1, 2, 5]))
        put_in = random.choice([random.choice(_TOKENS), source[start:end] * 2, ""])
        source = source[:start] + put_in + source[end:]
    return source
