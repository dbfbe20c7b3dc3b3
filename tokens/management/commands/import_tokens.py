"""Issue and register access tokens from a file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from p13nadmin.api.errors import Conflict, DomainError, Invalid
from p13nadmin.bulk.columns import Column, Columns, moment, number, text, words
from p13nadmin.bulk.command import BulkCommand
from p13nadmin.bulk.report import Report
from p13nadmin.bulk.rows import Row
from p13nadmin.commands import ACTOR, problems_of
from routing.models import Instance
from routing.selectors import instances_by_label
from routing.services import lock_instances
from tokens.header import digest
from tokens.models import AccessToken
from tokens.rules import IssuedDigest, read_token
from tokens.services import Issued, issue_token
from tokens.succession import put_in_place

_Mark = tuple[Any, ...]


class Command(BulkCommand):
    help = (
        "Issue the access tokens of a CSV, JSON, JSON Lines or YAML file. A row without a token gets a new one, which "
        "the report shows this once: FILE:LINE: issued HEADER NAME."
    )
    columns = Columns(
        (
            Column("account", number),
            Column("instance", number),
            Column("name", text),
            Column("token", text, required=False),
            Column("type", text, required=False),
            Column("allowed_ips", words, required=False),
            Column("allowed_origins", words, required=False),
            Column("expires_at", moment, required=False),
            Column("rate", number, required=False),
            Column("successor", text, required=False),
        )
    )

    def write(self, rows: Sequence[Row], report: Report) -> None:
        """Issue a token for each row."""
        instances = instances_by_label({(row.values["account"], row.values["instance"]) for row in rows})
        lock_instances(instances.values())
        first_lines: dict[_Mark, int] = {}
        issued: list[tuple[Row, AccessToken]] = []
        report.count("issued", 0)
        report.count("registered", 0)
        for row in self.followed(rows, "Issuing"):
            instance = instances.get((row.values["account"], row.values["instance"]))
            reasons = _missing(row, instance) + _repeated(row, first_lines)
            if instance is None or reasons:
                report.refuse(row.line, reasons)
            else:
                issued += _issue(instance, row, report)
        for row, token in issued:
            _put_successor(token, row, report)


def _missing(row: Row, instance: Instance | None) -> list[str]:
    label = f"{row.values['account']}/{row.values['instance']}"
    return [] if instance else [f"there is no instance {label}; `manage.py add_instance {label}` makes it"]


def _repeated(row: Row, first_lines: dict[_Mark, int]) -> list[str]:
    reasons = []
    for what, mark in _marks(row):
        if (what, *mark) in first_lines:
            reasons.append(f"{what}: the same as on line {first_lines[what, *mark]}")
        first_lines.setdefault((what, *mark), row.line)
    return reasons


def _marks(row: Row) -> list[tuple[str, _Mark]]:
    values = row.values
    marks: list[tuple[str, _Mark]] = [("name", (values["account"], values["instance"], values["name"]))]
    if values["token"]:
        try:
            token = read_token(values["token"])
        except Invalid:
            return marks  # the service refuses it in its own words
        marks.append(("token", (token.digest if isinstance(token, IssuedDigest) else digest(token),)))
    return marks


def _issue(instance: Instance, row: Row, report: Report) -> list[tuple[Row, AccessToken]]:
    values = row.values
    try:
        issued = issue_token(
            instance=instance,
            name=values["name"],
            actor=ACTOR,
            type=values["type"] or AccessToken.Type.PRIVATE,
            token=values["token"] or "",
            allowed_ips=values["allowed_ips"] or (),
            allowed_origins=values["allowed_origins"] or (),
            expires_at=values["expires_at"],
            rate=values["rate"],
        )
    except DomainError as error:
        _refuse(row, error, report)
        return []
    _record(issued, row, report)
    return [(row, issued.row)]


def _put_successor(token: AccessToken, row: Row, report: Report) -> None:
    name = row.values["successor"]
    if not name:
        return
    try:
        put_in_place(token=token, name=name)
    except DomainError as error:
        _refuse(row, error, report)


def _refuse(row: Row, error: DomainError, report: Report) -> None:
    report.refuse(row.line, [error.message] if isinstance(error, Conflict) else problems_of(error))


def _record(issued: Issued[AccessToken], row: Row, report: Report) -> None:
    for warning in issued.warnings:
        report.note(row.line, f"warning: {warning}")
    if row.values["token"]:
        report.count("registered")
    else:
        report.count("issued")
        report.result(row.line, f"issued {issued.header} {issued.row.name}")
