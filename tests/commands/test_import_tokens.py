"""import_tokens."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

import pytest

from routing.models import Instance
from tests.commands.conftest import Run
from tokens.header import digest
from tokens.models import AccessToken

File = Callable[[str, str | bytes], str]
HEADER = "account,instance,name,token,type,allowed_ips,allowed_origins,expires_at\n"
TOKEN = "e65d8a9df2094f02b84cd660efff6f27"
OTHER = "11111111111141118111111111111111"


def test_import__without_a_token__a_new_one_shown_once(run: Run, file: File, instance: Instance) -> None:
    name = file("tokens.csv", HEADER + "1,8,the web,,,,,\n")
    ran = run("import_tokens", name)
    issued, sums = ran.lines
    match = re.fullmatch(rf"{re.escape(name)}:2: issued 1/8/([0-9a-f]{{32}}) the web", issued)
    assert match
    assert AccessToken.objects.get().digest == digest(match[1])
    assert (sums, ran.stderr, ran.failure) == ("issued 1, registered 0, refused 0", "", None)


@pytest.mark.parametrize("written", [TOKEN, TOKEN.upper(), f"sha256:{digest(TOKEN)}"])
def test_import__the_customers_own__registered_and_not_shown(
    run: Run, file: File, instance: Instance, written: str
) -> None:
    ran = run("import_tokens", file("tokens.csv", HEADER + f"1,8,web,{written},,,,\n"))
    assert ran.lines == ["issued 0, registered 1, refused 0"]
    assert AccessToken.objects.get().digest == digest(TOKEN)


def test_import__every_column__kept(run: Run, file: File, instance: Instance) -> None:
    row = "1,8,web,,public,10.0.0.1 10.1.0.0/16,https://a.example https://b.example,2099-01-01T00:00:00Z\n"
    assert run("import_tokens", file("tokens.csv", HEADER + row)).failure is None
    token = AccessToken.objects.get()
    assert token.type == "public"
    assert token.allowed_ips == ["10.0.0.1/32", "10.1.0.0/16"]
    assert token.allowed_origins == ["https://a.example", "https://b.example"]
    assert token.expires_at is not None


def test_import__rate_and_successors__kept_whatever_their_order(run: Run, file: File, instance: Instance) -> None:
    rows = "1,8,first,5,second\n1,8,third,,\n1,8,second,6,third\n"
    ran = run("import_tokens", file("tokens.csv", "account,instance,name,rate,successor\n" + rows))
    assert ran.failure is None
    kept = AccessToken.objects.order_by("name").values_list("name", "rate", "successor__name")
    assert list(kept) == [("first", 5, "second"), ("second", 6, "third"), ("third", None, None)]


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("1,8,a,nobody\n", "2: successor: there is no token named “nobody” in instance 1/8"),
        ("1,9,b,\n1,8,a,b\n", "3: successor: there is no token named “b” in instance 1/8"),
        ("1,8,a,a\n", "2: successor: a token cannot succeed itself"),
        ("1,8,a,b\n1,8,b,a\n", "3: successor: a token cannot succeed itself"),
        ("1,8,a,c\n1,8,b,c\n1,8,c,\n", "3: “b” has a successor, or “c” is another's"),
    ],
)
def test_import__successor_that_cannot_be__refused(
    run: Run, file: File, instance: Instance, other_instance: Instance, rows: str, said: str
) -> None:
    ran = run("import_tokens", file("tokens.csv", "account,instance,name,successor\n" + rows))
    assert [line.partition(":")[2] for line in ran.lines[:-1]] == [said]
    assert ran.failure == "1 row was refused; nothing was written"
    assert not AccessToken.objects.exists()


def test_import__json_with_lists__kept(run: Run, file: File, instance: Instance) -> None:
    entry = {"account": 1, "instance": 8, "name": "web", "allowed_ips": ["10.0.0.1"]}
    assert run("import_tokens", file("tokens.json", json.dumps([entry]))).failure is None
    assert AccessToken.objects.get().allowed_ips == ["10.0.0.1/32"]


def test_import__bad_rows__each_named_nothing_issued_and_no_secret_shown(
    run: Run, file: File, instance: Instance, other_instance: Instance
) -> None:
    rows = [
        f"1,8,web,{TOKEN},,,,",
        "1,8,web,,,,,",
        f"1,9,web,{TOKEN.upper()},,,,",
        "1,7,web,,,,,",
        f"1,8,app,{TOKEN[:-1]},,,,",
        "1,8,old,,,,,2001-01-01T00:00:00Z",
        "1,8,bad,,secret,x,y,",
        "1,8,good,,,,,",
    ]
    name = file("tokens.csv", HEADER + "\n".join(rows))
    ran = run("import_tokens", name)
    assert ran.lines == [
        f"{name}:3: name: the same as on line 2",
        f"{name}:4: token: the same as on line 2",
        f"{name}:5: there is no instance 1/7; `manage.py add_instance 1/7` makes it",
        f"{name}:6: token: a token is 32 hexadecimal digits (a UUID, with or without dashes) or `sha256:` and "
        "64 hexadecimal digits",
        f"{name}:7: expires_at: this time is past; choose a later one",
        f"{name}:8: allowed_ips[0]: “x” is not an address or a CIDR network",
        f"{name}:8: allowed_origins[0]: “y” is not an origin such as https://www.example.com",
        f"{name}:8: type: one of private, public is expected",
        "issued 1, registered 1, refused 6",
    ]
    assert ran.failure == "6 rows were refused; nothing was written"
    assert not AccessToken.objects.exists()


def test_import__taken_in_the_database__refused(run: Run, file: File, instance: Instance) -> None:
    run("issue_token", "1/8", "--name", "web", "--token", TOKEN)
    name = file("tokens.csv", HEADER + f"1,8,web,,,,,\n1,8,app,{TOKEN},,,,\n1,8,new,{OTHER},,,,\n")
    ran = run("import_tokens", name, "--keep-going")
    assert ran.lines == [
        f"{name}:2: a token named “web” exists in instance 1/8; choose another name",
        f"{name}:3: this secret cannot be registered: it is in use already; generate a new one",
        "issued 0, registered 1, refused 2",
    ]
    assert ran.failure == "2 rows were refused; the good ones were written"
    assert sorted(AccessToken.objects.values_list("name", flat=True)) == ["new", "web"]


def test_import__dry_run__nothing_issued_and_no_token_shown(run: Run, file: File, instance: Instance) -> None:
    ran = run("import_tokens", file("tokens.csv", HEADER + "1,8,web,,,,,\n"), "--dry-run")
    assert ran.lines == ["issued 1, registered 0, refused 0"]
    assert not AccessToken.objects.exists()


def test_import__warnings__reported(run: Run, file: File, instance: Instance) -> None:
    name = file("tokens.csv", HEADER + f"1,8,web,{'0' * 32},,,,\n")
    ran = run("import_tokens", name)
    assert f"{name}:2: warning: this token is not a version 4 UUID" in ran.stdout
    assert ran.failure is None


@pytest.mark.parametrize(
    "content",
    [
        f"1,8,web,{TOKEN},,,,\n",
        f"{TOKEN}\n",
        HEADER + f'1,8,web,"{TOKEN},,,,\n',
        HEADER + f'1,8,web,"{TOKEN}"x,,,,\n',
        HEADER + f"1,8,web,x{TOKEN},,,,\n",
        HEADER + f"1,8,web,{TOKEN}\n",
        HEADER + f"{TOKEN},8,web,,,,,\n",
        HEADER + f"1,8,web,,,,,{TOKEN}\n",
    ],
)
def test_import__token_in_a_wrong_place__never_quoted(run: Run, file: File, instance: Instance, content: str) -> None:
    ran = run("import_tokens", file("tokens.csv", content))
    assert ran.failure
    assert TOKEN not in ran.stdout + ran.stderr + ran.failure
