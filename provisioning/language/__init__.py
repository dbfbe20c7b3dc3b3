"""The configuration language: text in, problems and a compiled plan out. Pure: no Django, no database, no network."""

from __future__ import annotations

from provisioning.language.diff import Change, Difference, diff_documents
from provisioning.language.json_schema import json_schema
from provisioning.language.plan import Plan
from provisioning.language.problems import Problem
from provisioning.language.redaction import redact
from provisioning.language.report import report
from provisioning.language.token_entries import KnownToken
from provisioning.language.validation import Check, Context, check_configuration

__all__ = [
    "Change",
    "Check",
    "Context",
    "Difference",
    "KnownToken",
    "Plan",
    "Problem",
    "check_configuration",
    "diff_documents",
    "json_schema",
    "redact",
    "report",
]
