"""Resume an offer or activation that is paused."""

from __future__ import annotations

from provisioning.switching_command import SwitchingCommand


class Command(SwitchingCommand):
    help = "Resume one offer or activation that is paused in what is live; prints what is live now."
    enabled = True
