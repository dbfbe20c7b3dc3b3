"""Commands, make targets, REST paths, modules and files that the documentation names are there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest
from django.core.management import get_commands
from django.urls import Resolver404, resolve

from tests.docs.blocks import ROOT, blocks, code_spans, pages

PAGES = [pytest.param(page, id=str(page.relative_to(ROOT))) for page in pages()]
PACKAGES = ("p13nadmin", "routing", "tokens", "provisioning", "personalization", "sign_in")
_COMMAND = re.compile(r"manage\.py ([a-z_]+)")
_TARGET = re.compile(r"(?:^|(?<=[`$;&|] ))make ([a-z-]+)(?![\w-])", re.MULTILINE)
_ROUTE = re.compile(r"(?:GET|POST|PUT|PATCH|DELETE) (/[^\s?`]*)")
_MODULE = re.compile(rf"(?:{'|'.join(PACKAGES)})(?:\.[a-z_]+)+(?::[a-z_]+)?")
_FILE = re.compile(rf"(?:{'|'.join((*PACKAGES, 'docs', 'tests', 'bench', 'scripts'))})/[\w/.-]+\.(?:py|md|yaml)")
_PLACEHOLDER = re.compile(r"\{[a-z_]+\}")
# The endpoint's paths belong to an application of their own; its tests speak for them.
_ENDPOINT = re.compile(r"/(?:public/)?(?:\{database\}|your_database)/")


def _mentions(page: Path) -> Iterator[str]:
    yield from (code for code, _ in code_spans(page))
    yield from (block.text for block in blocks(page) if block.language in ("", "bash", "sh", "console", "text"))


def _named(page: Path, pattern: re.Pattern[str]) -> list[str]:
    return [name for mention in _mentions(page) for name in pattern.findall(mention)]


@pytest.mark.parametrize("page", PAGES)
def test_words__management_commands__exist(page: Path) -> None:
    assert [name for name in _named(page, _COMMAND) if name not in get_commands()] == []


@pytest.mark.parametrize("page", PAGES)
def test_words__make_targets__exist(page: Path) -> None:
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)

    assert [name for name in _named(page, _TARGET) if name not in targets] == []


@pytest.mark.parametrize("page", PAGES)
def test_words__rest_paths__are_routed(page: Path) -> None:
    paths = [path for path in _named(page, _ROUTE) if not _ENDPOINT.match(path)]

    assert [path for path in paths if not _is_routed(path)] == []


@pytest.mark.parametrize("page", PAGES)
def test_words__modules__can_be_found(page: Path) -> None:
    names = [code for code, _ in code_spans(page) if _MODULE.fullmatch(code)]

    assert [name for name in names if not _is_module_or_member(name)] == []


@pytest.mark.parametrize("page", PAGES)
def test_words__files__exist(page: Path) -> None:
    names = [code for code, _ in code_spans(page) if _FILE.fullmatch(code)]

    assert [name for name in names if not (ROOT / name).exists()] == []


def _is_routed(path: str) -> bool:
    try:
        resolve(_PLACEHOLDER.sub("1", path))
    except Resolver404:
        return False
    return True


def _is_module_or_member(name: str) -> bool:
    """A module, or a name that stands in one (whose import may do more than a test wants)."""
    module, _, member = name.partition(":")
    if not member and _spec_origin(module) is not None:
        return True
    module, member = (module, member) if member else module.rsplit(".", 1)
    origin = _spec_origin(module)
    return origin is not None and re.search(rf"\b{member}\b", Path(origin).read_text()) is not None


def _spec_origin(module: str) -> str | None:
    try:
        spec = find_spec(module)
    except ModuleNotFoundError:
        return None
    return spec.origin if spec is not None else None
