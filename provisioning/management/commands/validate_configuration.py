"""Check configuration files, with or without knowing their instance."""

from __future__ import annotations

import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any, Literal

from django.core.management.base import CommandError

from p13nadmin.commands import ServiceCommand, printable
from provisioning.files import problem_lines, read_configuration
from provisioning.language import Check, Context, report
from provisioning.selectors import context_for
from provisioning.validation import check_with_tests
from routing.selectors import find_instance_by_label


class Command(ServiceCommand):
    help = "Check configuration files; prints file:line:column: severity code message for each problem."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The files, and against what they are checked."""
        parser.add_argument("files", nargs="+", metavar="file", help="- is standard input")
        parser.add_argument("--instance", help="account/instance: check its tables and tokens as well")
        parser.add_argument("--push", action="store_true", help="check as a push does")
        parser.add_argument("--report", action="store_true", help="print a report to send to whoever wrote the file")

    def handle(self, *args: Any, **options: Any) -> None:
        """Check every file. Raises CommandError when one has an error."""
        context = self._context(options["instance"], "push" if options["push"] else "draft")
        checks = [self._check(name, context, as_report=options["report"]) for name in options["files"]]
        errors, warnings = sum(len(each.errors) for each in checks), sum(len(each.warnings) for each in checks)
        summary = (
            f"{errors} {'error' if errors == 1 else 'errors'}, {warnings} {'warning' if warnings == 1 else 'warnings'}"
        )
        if errors:
            raise CommandError(summary)
        self.say(summary)

    def _context(self, label: str | None, stage: Literal["draft", "push"]) -> Context:
        if label is None:
            return Context(now=time.time(), stage=stage)
        return context_for(find_instance_by_label(label), stage=stage)

    def _check(self, name: str, context: Context, *, as_report: bool) -> Check:
        text = read_configuration(name)
        check = check_with_tests(text, context=context)
        if as_report:
            self.stdout.write(report(check, printable(Path(name).name), text) + "\n")
        else:
            for line in problem_lines(name, check.problems):
                self.stdout.write(line)
        return check
