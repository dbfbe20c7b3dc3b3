"""Numbers to text and text to numbers, digit for digit as JavaScript does it."""

from __future__ import annotations

import math
import re
from decimal import ROUND_HALF_UP, Context, Decimal

from provisioning.language.expressions.errors import range_error
from provisioning.language.expressions.values import MAX_SAFE_INTEGER, double

# What ECMAScript counts as white space, line ends included.
SPACE = (
    "\t\n\v\f\r \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000\ufeff"
)
INFINITY = math.inf
NAN = math.nan

_DIGIT_VALUES = "0123456789abcdefghijklmnopqrstuvwxyz"
_DECIMAL = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
_INFINITY = re.compile(r"([+-]?)Infinity")
_BASED = re.compile(r"0(?:[xX][0-9a-fA-F]+|[oO][0-7]+|[bB][01]+)")
# Enough for every digit of every double.
_EXACT = Context(prec=2000, rounding=ROUND_HALF_UP)
_PART_LIMIT = 0xFFFFFFFF // 36


def number_text(number: float) -> str:
    """The number as `String(number)` gives it."""
    if type(number) is int:
        if -MAX_SAFE_INTEGER <= number <= MAX_SAFE_INTEGER:
            return str(number)
        number = double(number)
    text = repr(number)
    if "e" in text or "n" in text:
        return _special_text(number, text)
    return text[:-2] if text.endswith(".0") and number != 0 else text if number else "0"


def _special_text(number: float, text: str) -> str:
    if number != number:
        return "NaN"
    if math.isinf(number):
        return "Infinity" if number > 0 else "-Infinity"
    mantissa, _, exponent = text.lstrip("-").partition("e")
    digits = mantissa.replace(".", "")
    sign = "-" if number < 0 else ""
    return sign + _place_point(digits, int(exponent) + 1)


def _place_point(digits: str, point: int) -> str:
    """Shortest digits with the decimal point after the first `point` of them."""
    count = len(digits)
    if count <= point <= 21:
        return digits + "0" * (point - count)
    if 0 < point <= 21:
        return f"{digits[:point]}.{digits[point:]}"
    if -6 < point <= 0:
        return "0." + "0" * -point + digits
    return _with_exponent(digits, point - 1)


def _with_exponent(digits: str, exponent: int) -> str:
    fraction = f".{digits[1:]}" if len(digits) > 1 else ""
    return f"{digits[0]}{fraction}e{exponent:+d}"


def text_number(text: str) -> float:
    """The number that `Number(text)` gives; NaN when it is none."""
    text = text.strip(SPACE)
    if not text:
        return 0.0
    if _DECIMAL.fullmatch(text):
        return float(text)
    if _BASED.fullmatch(text):
        return double(int(text, 0))
    infinity = _INFINITY.fullmatch(text)
    if infinity:
        return -INFINITY if infinity[1] == "-" else INFINITY
    return NAN


def parse_float(text: str) -> float:
    """The number at the beginning of the text, as `parseFloat` finds it."""
    text = text.lstrip(SPACE)
    infinity = _INFINITY.match(text)
    if infinity:
        return -INFINITY if infinity[1] == "-" else INFINITY
    found = _DECIMAL.match(text)
    return float(found[0]) if found else NAN


def parse_int(text: str, radix: int) -> float:
    """The whole number at the beginning of the text, as `parseInt` finds it; radix 0 means not given."""
    text = text.lstrip(SPACE)
    sign = -1.0 if text.startswith("-") else 1.0
    if text.startswith(("+", "-")):
        text = text[1:]
    if radix in (0, 16) and text[:2] in ("0x", "0X"):
        text, radix = text[2:], 16
    radix = radix or 10
    if not 2 <= radix <= 36:
        return NAN
    digits = _leading_digits(text, radix)
    return sign * _whole_number(digits, radix) if digits else NAN


def _leading_digits(text: str, radix: int) -> str:
    allowed = _DIGIT_VALUES[:radix]
    found = re.match(f"[{re.escape(allowed + allowed[10:].upper())}]*", text)
    return found[0].lower() if found else ""


def _whole_number(digits: str, radix: int) -> float:
    if radix == 10:
        return float(digits)
    if radix & (radix - 1) == 0:
        return double(int(digits, radix))
    return _whole_number_in_parts(digits, radix)


def _whole_number_in_parts(digits: str, radix: int) -> float:
    """V8's way for the other radices: parts of 32 bits, with the rounding errors that adding them up makes."""
    size = next(count for count in range(32, 0, -1) if radix**count <= _PART_LIMIT)
    value = 0.0
    for start in range(0, len(digits), size):
        part = digits[start : start + size]
        value = value * radix ** len(part) + int(part, radix)
        if value == INFINITY:
            break
    return value


def radix_text(number: float, radix: int) -> str:
    """A whole number in another radix, with V8's zeros in place of digits that a double does not hold."""
    number = double(number)
    sign = "-" if number < 0 else ""
    number = abs(number)
    digits = ""
    while math.frexp(number / radix)[1] > 53:
        number /= radix
        digits = "0" + digits
    while True:
        remainder = math.fmod(number, radix)
        digits = _DIGIT_VALUES[int(remainder)] + digits
        number = (number - remainder) / radix
        if number <= 0:
            return sign + digits


def fixed_text(number: float, digits: float) -> str:
    """`toFixed`: ties go away from zero."""
    if not 0 <= digits <= 100:
        raise range_error("toFixed() takes 0 to 100 digits")
    number = double(number)
    if number != number or abs(number) >= 1e21:
        return number_text(number)
    rounded = Decimal(abs(number)).quantize(Decimal(1).scaleb(-int(digits)), context=_EXACT)
    return f"{'-' if number < 0 else ''}{rounded:f}"


def precision_text(number: float, digits: float) -> str:
    """`toPrecision` with its argument given: ties go away from zero."""
    number = double(number)
    if number != number or math.isinf(number):
        return number_text(number)
    if not 1 <= digits <= 100:
        raise range_error("toPrecision() takes 1 to 100 digits")
    precision = int(digits)
    rounded = Context(prec=precision, rounding=ROUND_HALF_UP).create_decimal(Decimal(abs(number)))
    exponent = rounded.adjusted() if number else 0
    significant = "".join(map(str, rounded.as_tuple().digits)).ljust(precision, "0")
    sign = "-" if number < 0 else ""
    if exponent < -6 or exponent >= precision:
        return sign + _with_exponent(significant, exponent)
    if exponent < 0:
        return f"{sign}0.{'0' * (-exponent - 1)}{significant}"
    fraction = significant[exponent + 1 :]
    return f"{sign}{significant[: exponent + 1]}{'.' + fraction if fraction else ''}"


def to_integer(number: float) -> float:
    """The number without its fraction; 0 for NaN."""
    number = double(number)
    if number != number:
        return 0.0
    return number if math.isinf(number) else float(math.trunc(number))


def to_uint32(number: float) -> int:
    """The number modulo 2**32, 0 for NaN and infinities."""
    number = double(number)
    if number != number or math.isinf(number):
        return 0
    return math.trunc(number) & 0xFFFFFFFF


def to_int32(number: float) -> int:
    """The number as the bitwise operators see it."""
    unsigned = to_uint32(number)
    return unsigned - 0x100000000 if unsigned >= 0x80000000 else unsigned
