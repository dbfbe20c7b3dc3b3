"""List planned pushes."""

from __future__ import annotations

from provisioning.listing_command import ListingCommand
from provisioning.models import ScheduledPush
from provisioning.planned_lines import schedule_line


class Command(ListingCommand[ScheduledPush]):
    help = "List the planned pushes that wait, of one instance or of all."
    rows = ScheduledPush.objects.all()
    under_way = (ScheduledPush.State.WAITING,)

    def line(self, row: ScheduledPush) -> str:
        """One planned push."""
        return schedule_line(row)
