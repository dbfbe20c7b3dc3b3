"""import_destinations."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from routing.models import ControlRevision, Destination, Instance
from routing.services import change_destinations
from tests.commands.conftest import Run

File = Callable[[str, str | bytes], str]
HEADER = "account,instance,database,table\n"


def registered() -> list[str]:
    return sorted(f"{each.instance.label} {each}" for each in Destination.objects.select_related("instance"))


def test_import__good_rows__registered(run: Run, file: File, instance: Instance, other_instance: Instance) -> None:
    name = file("routes.csv", HEADER + "1,8,shop,orders\n1,9,shop,orders\n1,8,shop,visits\n")
    ran = run("import_destinations", name)
    assert (ran.lines, ran.stderr, ran.failure) == (["added 3, unchanged 0, refused 0"], "", None)
    assert registered() == ["1/8 shop/orders", "1/8 shop/visits", "1/9 shop/orders"]


ENTRY = {"account": 1, "instance": 8, "database": "shop", "table": "orders"}


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", HEADER + "1,8,shop,orders"),
        ("a.CSV", "\ufeff" + HEADER.replace(",", ";") + "1;8;shop;orders"),
        ("a.json", json.dumps([ENTRY])),
        ("a.jsonl", json.dumps(ENTRY)),
        ("a.ndjson", json.dumps(ENTRY)),
        ("a.yaml", "- {account: 1, instance: 8, database: shop, table: orders}"),
        ("a.yml", "- account: 1\n  instance: 8\n  database: shop\n  table: orders\n"),
    ],
)
def test_import__each_format__told_by_the_ending(
    run: Run, file: File, instance: Instance, name: str, content: str
) -> None:
    assert run("import_destinations", file(name, content)).failure is None
    assert registered() == ["1/8 shop/orders"]


def test_import__standard_input__needs_the_format(run: Run, instance: Instance) -> None:
    content = (HEADER + "1,8,shop,orders\n").encode()
    assert (
        run("import_destinations", "-", stdin=content).failure == "-: say what it is with --format csv|json|jsonl|yaml"
    )
    assert run("import_destinations", "-", "--format", "csv", stdin=content).failure is None
    assert registered() == ["1/8 shop/orders"]


def test_import__again__unchanged(run: Run, file: File, instance: Instance) -> None:
    change_destinations(instance=instance, actor="test", add=[("shop", "orders")])
    before = ControlRevision.objects.get().number
    ran = run("import_destinations", file("a.csv", HEADER + "1,8,shop,orders\n"))
    assert ran.lines == ["added 0, unchanged 1, refused 0"]
    assert ControlRevision.objects.get().number == before


def test_import__bad_rows__each_named_and_nothing_written(run: Run, file: File, instance: Instance) -> None:
    rows = [
        "1,8,shop,orders",
        "1,8,Shop,orders",
        "1,8,admin,x",
        "1,7,shop,orders",
        "1,8,shop,orders",
        "eight,8,shop,orders",
        "1,8,shop",
    ]
    name = file("a.csv", HEADER + "\n".join(rows))
    ran = run("import_destinations", name)
    assert ran.lines == [
        f"{name}:3: database: a database name is 3 to 128 lower-case letters, digits and underscores",
        f"{name}:4: database: “admin” is a path of the console or the API and cannot be a database name",
        f"{name}:4: table: a table name is 3 to 128 lower-case letters, digits and underscores",
        f"{name}:5: there is no instance 1/7; `manage.py add_instance 1/7` makes it",
        f"{name}:6: the same destination as line 2",
        f"{name}:7: account: a number from 1 to 9007199254740991 is expected",
        f"{name}:8: 4 cells are expected, 3 found",
        "added 1, unchanged 0, refused 6",
    ]
    assert ran.failure == "6 rows were refused; nothing was written"
    assert registered() == []


def test_import__keep_going__the_good_rows_only(run: Run, file: File, instance: Instance) -> None:
    ran = run("import_destinations", file("a.csv", HEADER + "1,8,x,orders\n1,8,shop,orders\n"), "--keep-going")
    assert ran.lines[-1] == "added 1, unchanged 0, refused 1"
    assert ran.failure == "1 row was refused; the good ones were written"
    assert registered() == ["1/8 shop/orders"]


@pytest.mark.parametrize("options", [["--dry-run"], ["--dry-run", "--keep-going"]])
def test_import__dry_run__reports_and_writes_nothing(
    run: Run, file: File, instance: Instance, options: list[str]
) -> None:
    good = run("import_destinations", file("a.csv", HEADER + "1,8,shop,orders\n"), *options)
    assert (good.lines, good.failure) == (["added 1, unchanged 0, refused 0"], None)
    assert good.stderr == "dry run: nothing was written\n"
    bad = run("import_destinations", file("b.csv", HEADER + "1,8,shop,orders\n1,8,x,y\n"), *options)
    assert bad.failure == "1 row was refused; nothing was written"
    assert registered() == []


@pytest.mark.parametrize("options", [[], ["--keep-going"]])
def test_import__broken_file__line_and_nothing_written(
    run: Run, file: File, instance: Instance, options: list[str]
) -> None:
    name = file("a.csv", (HEADER + "1,8,shop,orders\n1,8,x,y\n1,8,caf").encode() + b"\xe9,x\n")
    ran = run("import_destinations", name, *options)
    assert ran.lines[-2] == f"{name}:4: byte 8 is not UTF-8; save the file as UTF-8"
    assert ran.failure == f"{name} cannot be read beyond line 4; nothing was written"
    assert registered() == []


@pytest.mark.django_db
def test_import__no_such_file__said(run: Run) -> None:
    assert run("import_destinations", "/nowhere/a.csv").failure == "/nowhere/a.csv: No such file or directory"


@pytest.mark.django_db
def test_import__a_directory__said(run: Run, tmp_path: object) -> None:
    assert run("import_destinations", str(tmp_path), "--format", "csv").failure == f"{tmp_path}: Is a directory"


def test_import__control_characters_in_a_cell__escaped_in_the_report(run: Run, file: File, instance: Instance) -> None:
    ran = run("import_destinations", file("a.json", json.dumps([ENTRY | {"database": "\x1b[31m\ud800"}])))
    assert "\x1b" not in ran.stdout
    ran.stdout.encode()
    assert ran.failure == "1 row was refused; nothing was written"


def test_import__many_rows__all_of_them_or_none(run: Run, file: File, instance: Instance) -> None:
    rows = "".join(f"1,8,shop,table_{number}\n" for number in range(12_000))
    assert run("import_destinations", file("a.csv", HEADER + rows + "1,8,x,y\n")).failure
    assert Destination.objects.count() == 0
    assert run("import_destinations", file("a.csv", HEADER + rows)).lines == ["added 12000, unchanged 0, refused 0"]
    assert Destination.objects.count() == 12_000


def test_import__twice_the_same_on_one_line__refused(run: Run, file: File, instance: Instance) -> None:
    ran = run("import_destinations", file("a.json", json.dumps([ENTRY, ENTRY])))
    assert "the same destination as line 1" in ran.stdout
    assert registered() == []
