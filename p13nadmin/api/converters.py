"""Numbers in paths: from 1, without leading zeros, as far as every number here goes."""

from __future__ import annotations

from django.urls import register_converter


class NumberConverter:
    regex = "[1-9][0-9]{0,15}"

    def to_python(self, value: str) -> int:
        return int(value)

    def to_url(self, value: int) -> str:
        return str(value)


register_converter(NumberConverter, "number")
