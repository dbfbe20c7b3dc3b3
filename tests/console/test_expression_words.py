"""The words that the editor offers are those of the language, each explained."""

from __future__ import annotations

from provisioning.console.expression_words import methods, names
from provisioning.language.expressions.members import METHOD_NAMES
from provisioning.language.expressions.names import CONSTANTS, FUNCTIONS, NAMESPACES, ROOTS


def test_methods__of_the_language__are_all_offered_and_no_others() -> None:
    assert {word.name for word in methods()} == METHOD_NAMES | {"length"}


def test_names__of_the_language__are_all_offered_and_no_others() -> None:
    own = {"null", "true", "false", "typeof", "Date.now"}
    assert {word.name for word in names()} == {*ROOTS, *CONSTANTS, *FUNCTIONS, *NAMESPACES} | own


def test_words__explained__in_sentences() -> None:
    for word in (*methods(), *names()):
        assert word.text.endswith((".", "…")), word
        assert word.form.partition("(")[0] in ("", word.name), word
