"""The commands' page: each command prints what the page shows, and takes what its table says."""

from __future__ import annotations

from argparse import Action
from pathlib import Path

import pytest
from django.core.management import BaseCommand, get_commands, load_command_class
from pytest_django.fixtures import Settings

from tests.docs.blocks import ROOT, Block, Table, blocks, tables
from tests.docs.matching import text_fits
from tests.docs.terminal import Terminal, Typed, file_name, typed

PAGE = ROOT / "docs" / "commands.md"
TABLES = tables(PAGE)
PACKAGES = ("routing", "tokens", "provisioning", "personalization", "sign_in")
OURS = {name: app for name, app in get_commands().items() if app in PACKAGES}
IMPORTS = [name for name in OURS if name.startswith("import_")]


@pytest.fixture
def terminal(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Terminal:
    settings.DEBUG = True  # the demo needs it; pytest-django turns it off
    settings.DATA_DIR = tmp_path / "data"
    settings.EVENT_STORE = f"sqlite:///{tmp_path}/events.sqlite3"
    settings.PORT = 8000
    settings.ENDPOINT_URLS = {"local": "http://127.0.0.1:8000"}
    directory = tmp_path / "here"
    directory.mkdir()
    return Terminal(directory, monkeypatch)


@pytest.mark.django_db
def test_examples__typed_in_their_order__print_what_the_page_shows(terminal: Terminal) -> None:
    for block in blocks(PAGE):
        if file_name(block):
            terminal.save(file_name(block), block.text)
        for each in _typed(block):
            output = terminal.run(each.line)
            assert text_fits(each.output, output), f"{each}\n{output}"


def _typed(block: Block) -> list[Typed]:
    return list(typed(block)) if block.language == "console" else []


def test_commands__those_of_the_table__are_all_that_there_are() -> None:
    told = [row[0].text for row in _table("command").rows]

    assert sorted(told) == sorted(OURS)


def _table(first: str) -> Table:
    return next(table for table in TABLES if table.header[0] == first)


@pytest.mark.parametrize("name", OURS)
def test_command__what_it_takes__is_what_its_table_says(name: str) -> None:
    common = _arguments_of("argument of all imports") if name in IMPORTS else []
    told = [row[0].text for table in TABLES if table.heading == name for row in table.rows]

    assert [*told, *common] == [_written(action) for action in _own_actions(name)]


def _arguments_of(first: str) -> list[str]:
    return [row[0].text for row in _table(first).rows]


def _own_actions(name: str) -> list[Action]:
    usual = {_written(action) for action in BaseCommand().create_parser("manage.py", "any")._actions}
    parser = load_command_class(OURS[name], name).create_parser("manage.py", name)
    return [action for action in parser._actions if _written(action) not in usual]


def _written(action: Action) -> str:
    return action.option_strings[0] if action.option_strings else action.dest
