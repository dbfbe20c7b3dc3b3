"""Pause an offer or activation of what is live."""

from __future__ import annotations

from provisioning.switching_command import SwitchingCommand


class Command(SwitchingCommand):
    help = "Pause one offer or activation of what is live; prints what is live now."
    enabled = False
