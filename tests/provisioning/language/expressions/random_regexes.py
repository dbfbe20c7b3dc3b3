"""Random regular expressions, and random uses of them."""

from __future__ import annotations

from random import Random

_ATOMS = ["a", "b", "c", ".", r"\d", r"\w", r"\s", r"\S", r"\W", "[ab]", "[^a]", "[a-c]", r"[\s\S]", "k", r"\n", " "]
_ATOMS += ["😀", "é", r"\ud83d", r"[\w-]", r"\.", "[^]", "-", "1", ",", r"\u2028", "s", "[A-Z]", r"[^\d\s]"]


def random_regex(random: Random) -> str:
    """A literal that mostly can be translated."""
    flags = "".join(sorted({random.choice("gims") for _ in range(random.randrange(3))}))
    return f"/{_alternatives(random, 2)}/{flags}"


def _alternatives(random: Random, depth: int) -> str:
    return "|".join(_sequence(random, depth) for _ in range(random.choice([1, 1, 1, 2])))


def _sequence(random: Random, depth: int) -> str:
    return "".join(_term(random, depth) for _ in range(random.randrange(1, 4)))


def _term(random: Random, depth: int) -> str:
    if random.random() < 0.12:
        return random.choice(["^", "$", r"\b", r"\B"])
    if depth and random.random() < 0.25:
        opening = random.choice(["(", "(?:", "(?:"])
        quantifier = random.choice(["", "", "*", "+", "?", "{2}"]) if opening == "(?:" else ""
        return f"{opening}{_alternatives(random, depth - 1)}){quantifier}"
    return random.choice(_ATOMS) + random.choice(["", "", "", "*", "+", "?", "*?", "+?", "??", "{2}", "{1,2}", "{2,}?"])


def random_regex_use(random: Random) -> str:
    """A regular expression applied to a text."""
    alphabet = [
        "a",
        "b",
        "c",
        "A",
        "K",
        "k",
        "1",
        " ",
        "\\n",
        "\\r",
        "\\u2028",
        "😀",
        "é",
        "\\ud83d",
        "-",
        ",",
        ".",
        "_",
        "ſ",
        "\\u212a",
    ]
    text = "".join(random.choice(alphabet) for _ in range(random.randrange(9)))
    regex = random_regex(random)
    uses = [
        "{r}.test({t})", "{t}.match({r})", "{t}.search({r})", "{t}.split({r})", '{t}.replace({r}, "[$&|$1]")',
        "{t}.replace({r}, (...m) => JSON.stringify(m))", "{t}.split({r}, 3)", "{t}.match({r})?.map(x => x?.length)",
        "(r => [r.test({t}), r.test({t}), r.test({t})])({r})", "{t}.replaceAll({r}, \"<$`>\")",
    ]  # fmt: skip
    return random.choice(uses).format(r=regex, t=f'"{text}"')
