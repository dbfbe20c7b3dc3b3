"""The words of the expression language with what each does, for completion and hover help in the editor."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Word:
    """A name, method or function: `form` is how it is written, `of` the kinds of value that have it."""

    name: str
    form: str
    text: str
    of: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, object]:
        """The word as the editor reads it."""
        return {"name": self.name, "form": self.form, "text": self.text, "of": self.of}


_LIST: Final[Mapping[str, str]] = {
    "at(position)": "The item at a position, -1 being the last.",
    "concat(…lists)": "One list of all items.",
    "every(item => …)": "Whether the condition is true of all items; true for an empty list.",
    "filter(item => …)": "The items for which the condition is true.",
    "find(item => …)": "The first item for which it is true, else undefined.",
    "findIndex(item => …)": "The position of the first item for which it is true, else -1.",
    "findLast(item => …)": "The last item for which it is true, else undefined.",
    "findLastIndex(item => …)": "The position of the last item for which it is true, else -1.",
    "flat(depth)": "Inner lists laid out in one.",
    "flatMap(item => …)": "What becomes of each item, inner lists laid out.",
    "includes(value)": "Whether the value is among the items.",
    "indexOf(value)": "The first position of the value, else -1.",
    "join(between)": "The items as one text.",
    "lastIndexOf(value)": "The last position of the value, else -1.",
    "length": "How many items.",
    "map(item => …)": "What becomes of each item.",
    "reduce((so_far, item) => …, start)": "One value worked out item by item; give the start.",
    "reduceRight((so_far, item) => …, start)": "The same from the end.",
    "slice(start, end)": "The items from start up to before end; negative numbers count from the end.",
    "some(item => …)": "Whether the condition is true of at least one item.",
    "toReversed()": "The items from last to first.",
    "toSorted((a, b) => …)": "The items in order; without a comparison as texts.",
    "toString()": "The items with commas between them.",
    "with(position, value)": "The list with another item at a position.",
}
_TEXT: Final[Mapping[str, str]] = {
    "at(position)": "The character at a position, -1 being the last.",
    "charAt(position)": "The character at a position, else an empty text.",
    "charCodeAt(position)": "The number of the UTF-16 unit at a position.",
    "codePointAt(position)": "The number of the character at a position.",
    "concat(…texts)": "One text of all.",
    "endsWith(text)": "Whether it ends so.",
    "includes(text)": "Whether the text is found in it.",
    "indexOf(text)": "Where the text begins, else -1.",
    "lastIndexOf(text)": "Where the text begins for the last time, else -1.",
    "length": "How many characters; an emoji counts two or more.",
    "match(/…/)": "The first match with its parts, or with the flag g all matches; null when there is none.",
    "normalize(form)": "The same text in one Unicode form.",
    "padEnd(length, with)": "Filled up at the end.",
    "padStart(length, with)": "Filled up at the start.",
    "repeat(times)": "The text several times.",
    "replace(what, by)": "With the first match replaced; of a regular expression with the flag g, all.",
    "replaceAll(what, by)": "With every match replaced.",
    "search(/…/)": "Where the first match begins, else -1.",
    "slice(start, end)": "The part from start up to before end; negative numbers count from the end.",
    "split(between)": "A list of the parts.",
    "startsWith(text)": "Whether it starts so.",
    "substring(start, end)": "The part from start up to before end.",
    "toLowerCase()": "In small letters.",
    "toString()": "The text itself.",
    "toUpperCase()": "In capitals.",
    "trim()": "Without spaces at both ends.",
    "trimEnd()": "Without spaces at the end.",
    "trimStart()": "Without spaces at the start.",
}
_NUMBER: Final[Mapping[str, str]] = {
    "toFixed(digits)": "A text with so many digits behind the point.",
    "toPrecision(digits)": "A text with so many digits in all.",
    "toString(radix)": "A text; another radix for whole numbers only.",
}
_DATE_PARTS: Final[Mapping[str, str]] = {
    "FullYear": "The year",
    "Month": "The month, January being 0",
    "Date": "The day of the month",
    "Day": "The day of the week, Sunday being 0",
    "Hours": "The hour",
    "Minutes": "The minute",
    "Seconds": "The second",
    "Milliseconds": "The millisecond",
}
_DATE: Final[Mapping[str, str]] = {
    "getTime()": "Milliseconds since 1970.",
    "toISOString()": "The date as ISO text.",
    **{f"getUTC{part}()": f"{said}, in UTC." for part, said in _DATE_PARTS.items()},
    **{f"get{part}()": f"{said}; the zone is UTC." for part, said in _DATE_PARTS.items()},
}
_PATTERN: Final[Mapping[str, str]] = {"test(text)": "Whether the regular expression is found in the text."}
_BOOLEAN: Final[Mapping[str, str]] = {"toString()": "The text true or false."}
_RECEIVERS: Final[Mapping[str, Mapping[str, str]]] = {
    "list": _LIST,
    "text": _TEXT,
    "number": _NUMBER,
    "boolean": _BOOLEAN,
    "date": _DATE,
    "regular expression": _PATTERN,
}
_NAMES: Final[Mapping[str, str]] = {
    "PROFILE": "What is remembered of the visitor: keys and attributes by their names.",
    "EVENT": "The row that has just arrived, column by column.",
    "NOW": "The time of the event, in seconds since 1970.",
    "SECRET": "Secrets of the instance, in headers of a webhook only.",
    "undefined": "No value.",
    "null": "Nothing, as JSON has it.",
    "true": "Yes.",
    "false": "No.",
    "NaN": "Not a number.",
    "Infinity": "More than every number.",
    "typeof": "typeof value: the kind of a value as text.",
    "Array": "Functions of lists.",
    "Boolean(value)": "Whether the value counts as true.",
    "Date": "new Date(milliseconds or ISO text), and Date.now().",
    "JSON": "From and to JSON text.",
    "Math": "Functions of numbers.",
    "Number(value)": "The value as a number, else NaN.",
    "Object": "Keys and values of an object.",
    "String(value)": "The value as a text.",
    "isFinite(value)": "Whether it is a finite number, once converted.",
    "isNaN(value)": "Whether it is no number, once converted.",
    "parseFloat(text)": "The number at the start of a text.",
    "parseInt(text, radix)": "The whole number at the start of a text.",
    "encodeURIComponent(text)": "The text, fit for a part of an address.",
    "decodeURIComponent(text)": "The other way round.",
    "Array.from(value, item => …)": "A list of the items or characters.",
    "Array.isArray(value)": "Whether it is a list.",
    "Date.now()": "NOW in milliseconds.",
    "JSON.parse(text)": "The value that a JSON text stands for.",
    "JSON.stringify(value)": "The value as JSON text.",
    "Number.EPSILON": "The least that 1 can grow by.",
    "Number.MAX_SAFE_INTEGER": "The largest whole number that is exact.",
    "Number.MAX_VALUE": "The largest number.",
    "Number.MIN_SAFE_INTEGER": "The smallest whole number that is exact.",
    "Number.MIN_VALUE": "The smallest number above 0.",
    "Number.isFinite(value)": "Whether it is a finite number.",
    "Number.isInteger(value)": "Whether it is a whole number.",
    "Number.isNaN(value)": "Whether it is NaN.",
    "Number.isSafeInteger(value)": "Whether it is a whole number that is exact.",
    "Number.parseFloat(text)": "The number at the start of a text.",
    "Number.parseInt(text, radix)": "The whole number at the start of a text.",
    "Object.entries(object)": "Its keys and values in pairs.",
    "Object.fromEntries(pairs)": "An object of pairs.",
    "Object.keys(object)": "Its keys.",
    "Object.values(object)": "Its values.",
    "Math.PI": "3.14159…",
    "Math.E": "2.71828…",
    "Math.LN2": "The natural logarithm of 2.",
    "Math.LN10": "The natural logarithm of 10.",
    "Math.LOG2E": "The logarithm of E to the base 2.",
    "Math.LOG10E": "The logarithm of E to the base 10.",
    "Math.SQRT2": "The square root of 2.",
    "Math.SQRT1_2": "The square root of a half.",
    "Math.abs(number)": "Without its sign.",
    "Math.ceil(number)": "Rounded up.",
    "Math.floor(number)": "Rounded down.",
    "Math.round(number)": "Rounded, halves up.",
    "Math.trunc(number)": "Without what is behind the point.",
    "Math.sign(number)": "-1, 0 or 1.",
    "Math.max(…numbers)": "The largest.",
    "Math.min(…numbers)": "The smallest.",
    "Math.sqrt(number)": "The square root.",
    "Math.cbrt(number)": "The cube root.",
    "Math.pow(base, exponent)": "The power.",
    "Math.exp(number)": "E to that power.",
    "Math.expm1(number)": "The same, less 1.",
    "Math.log(number)": "The natural logarithm.",
    "Math.log10(number)": "The logarithm to the base 10.",
    "Math.log1p(number)": "The natural logarithm of one more.",
    "Math.log2(number)": "The logarithm to the base 2.",
    "Math.hypot(…numbers)": "The root of the sum of the squares.",
    "Math.fround(number)": "The nearest single-precision number.",
    "Math.clz32(number)": "How many zero bits lead.",
    "Math.imul(a, b)": "The product in 32 bits.",
    **{f"Math.{name}(number)": f"The function {name}." for name in ("sin", "cos", "tan", "asin", "acos", "atan")},
    **{f"Math.{name}(number)": f"The function {name}." for name in ("sinh", "cosh", "tanh", "asinh", "acosh", "atanh")},
    "Math.atan2(y, x)": "The angle of a point.",
}


def methods() -> tuple[Word, ...]:
    """Every method, of whatever kind of value; one that several kinds have stands for each of them."""
    return tuple(_methods())


def _methods() -> Iterator[Word]:
    for kind, forms in _RECEIVERS.items():
        yield from (Word(_name(form), form, text, (kind,)) for form, text in forms.items())


def names() -> tuple[Word, ...]:
    """Every name that can begin an expression, and every function and constant of a namespace by its full name."""
    return tuple(Word(_name(form), form if "(" in form else "", text) for form, text in _NAMES.items())


def _name(form: str) -> str:
    return form.partition("(")[0]
