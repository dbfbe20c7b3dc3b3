"""Running commands as a person does: arguments and standard input in, two streams and a failure out."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from routing.models import Account, Instance
from routing.services import create_account, create_instance


@dataclass(frozen=True)
class Ran:
    """What a command wrote; `failure` is the text with which it ended, None when it ended well."""

    stdout: str
    stderr: str
    failure: str | None

    @property
    def lines(self) -> list[str]:
        return self.stdout.splitlines()


Run = Callable[..., Ran]


class Keyboard(io.TextIOWrapper):
    """Standard input at a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    def run(*arguments: str, stdin: bytes = b"", typed: str | None = None) -> Ran:
        stdout, stderr = io.StringIO(), io.StringIO()
        source = io.TextIOWrapper if typed is None else Keyboard
        monkeypatch.setattr("sys.stdin", source(io.BytesIO((typed or "").encode() or stdin), encoding="utf-8"))
        failure = None
        try:
            call_command(*arguments, stdout=stdout, stderr=stderr)
        except CommandError as error:
            failure = str(error)
        return Ran(stdout.getvalue(), stderr.getvalue(), failure)

    return run


@pytest.fixture
def file(tmp_path: Path) -> Callable[[str, str | bytes], str]:
    """Write a file and give its name."""

    def write(name: str, content: str | bytes) -> str:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return str(path)

    return write


@pytest.fixture
def account(db: None) -> Account:
    return create_account(number=1, name="Shop")[0]


@pytest.fixture
def instance(account: Account) -> Instance:
    return create_instance(account=account, number=8, name="Web")[0]


@pytest.fixture
def other_instance(account: Account) -> Instance:
    return create_instance(account=account, number=9, name="App")[0]
