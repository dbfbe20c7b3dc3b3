"""What a configuration may hold, section by section, as the language defines it: for whoever writes one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse

from p13nadmin.console.lists import ConsoleAdmin
from provisioning.console.additions import example
from provisioning.language.schema import CONFIGURATION, DAY, Field, Kind, Record


@dataclass(frozen=True, slots=True)
class Row:
    """A field: what it takes, and how it is when it is left out."""

    name: str
    takes: str
    absent: str
    text: str


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a configuration with its fields and an example; `title` as it is written in the text."""

    title: str
    text: str
    rows: tuple[Row, ...]
    example: str


def language_page(frame: ConsoleAdmin, request: HttpRequest) -> HttpResponse:
    """Open to everybody who may sign in: it says nothing about any customer."""
    return frame.page(request, "console/language.html", title="What can be written", sections=SECTIONS)


def _sections(record: Record, prefix: str = "") -> Iterator[Section]:
    for field in record.fields:
        title = f"{prefix}{field.name}"
        if field.record is not None:
            yield Section(title, field.text, tuple(_rows(field.record)), example(field.name))
            yield from _sections(field.record, f"{title}, ")


def _rows(record: Record) -> Iterator[Row]:
    return (Row(field.name, _takes(field), _absent(field), _said(record, field)) for field in record.fields)


def _takes(field: Field) -> str:
    return " | ".join(field.choices) or field.kind.value


def _absent(field: Field) -> str:
    if field.required:
        return "required"
    if field.kind is Kind.DURATION and field.default is not None:
        return f"{field.default // DAY}d"
    if isinstance(field.default, bool):
        return str(field.default).lower()
    return str(field.default) if field.default not in (None, "", {}) else ""


def _said(record: Record, field: Field) -> str:
    if not field.variants:
        return field.text
    return f"{field.text} With {record.variant}: {', '.join(field.variants)}."


SECTIONS = tuple(_sections(CONFIGURATION))
