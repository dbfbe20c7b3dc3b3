"""What `pause_part` and `resume_part` share: which part, and the answer."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any, ClassVar

from p13nadmin.commands import ACTOR, add_yes_argument, printable
from provisioning.language.switching import Section
from provisioning.moving_command import BREAK_GLASS, LiveCommand
from provisioning.pausing import WORDS, request_switch_approval, switch
from provisioning.planned_lines import APPROVER, approval_line
from routing.models import Instance
from routing.selectors import find_instance_by_label


class SwitchingCommand(LiveCommand):
    """A command that pauses or resumes one offer or activation of what is live; prints `1/8 version 5`.

    With `--ask` it asks a second person for that, and prints the request.
    """

    enabled: ClassVar[bool]

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which offer or activation of which instance, and why."""
        parser.add_argument("instance", help="account/instance, for example 1/8")
        part = parser.add_mutually_exclusive_group(required=True)
        part.add_argument("--offer", metavar="NAME")
        part.add_argument("--activation", metavar="NAME")
        parser.add_argument("--note", default="", help="why; kept with the version and the push")
        parser.add_argument("--break-glass", default="", metavar="REASON", help=BREAK_GLASS)
        parser.add_argument("--ask", action="store_true", help="ask a second person for it; nothing goes live yet")
        add_yes_argument(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        """Switch it. Raises CommandError when it cannot be done, or nobody said yes."""
        instance = find_instance_by_label(options["instance"])
        section: Section = "activations" if options["offer"] is None else "offers"
        name = options["activation"] if options["offer"] is None else options["offer"]
        if options["ask"]:
            self._ask(instance, section, name, options["note"])
            return
        verb = "Resume" if self.enabled else "Pause"
        self.confirm(printable(f"{verb} {WORDS[section]} “{name}” of instance {instance.label}?"), yes=options["yes"])
        with self.telling_problems(instance, "pushed"):
            done = switch(
                instance=instance,
                section=section,
                name=name,
                enabled=self.enabled,
                actor=ACTOR,
                note=options["note"],
                break_glass=options["break_glass"],
            )
        if done.in_draft:
            self.say("the working draft is changed alike")
        self.tell_live(instance, done.push, done.check.problems)

    def _ask(self, instance: Instance, section: Section, name: str, note: str) -> None:
        with self.telling_problems(instance, "asked for"):
            asked = request_switch_approval(
                instance=instance, section=section, name=name, enabled=self.enabled, actor=ACTOR, note=note
            )
        self.say(APPROVER)
        self.stdout.write(approval_line(asked))
