"""List requests for approval."""

from __future__ import annotations

from provisioning.listing_command import ListingCommand
from provisioning.models import ApprovalRequest
from provisioning.planned_lines import approval_line


class Command(ListingCommand[ApprovalRequest]):
    help = "List the requests for approval that are under way, of one instance or of all."
    rows = ApprovalRequest.objects.all()
    under_way = (ApprovalRequest.State.OPEN, ApprovalRequest.State.APPROVED)

    def line(self, row: ApprovalRequest) -> str:
        """One request."""
        return approval_line(row)
