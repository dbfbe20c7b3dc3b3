"""What a process says of itself in the control database, so that the console can tell where a version is live.

All times are the database's own: the clocks of several machines need not agree.
"""

from __future__ import annotations

import os
import socket
from datetime import timedelta
from uuid import uuid4

from django.db import transaction
from django.db.models.functions import Now

from personalization.snapshot import Snapshot
from provisioning.models import EndpointProcess

FORGOTTEN_AFTER = timedelta(days=1)  # rows that processes left behind which had no time to say goodbye


class Heartbeat:
    """The row of one process. Use it from one thread."""

    def __init__(self) -> None:
        self._id = uuid4()
        self._row = EndpointProcess.objects.filter(pk=self._id)
        self._written: Snapshot | None = None

    def beat(self, current: Snapshot | None) -> None:
        """Say that the process lives and what it serves; versions are written only when they may have changed."""
        if current is None:
            return
        if current is not self._written or not self._row.update(seen_at=Now()):
            self._write(current)
            self._written = current

    def stop(self) -> None:
        """Say goodbye."""
        self._row.delete()

    @transaction.atomic
    def _write(self, current: Snapshot) -> None:
        serves = {"revision": current.revision, "versions": dict(current.served)}
        if not self._row.update(seen_at=Now(), **serves):
            EndpointProcess.objects.filter(seen_at__lt=Now() - FORGOTTEN_AFTER).delete()
            EndpointProcess.objects.create(
                pk=self._id, host=socket.gethostname(), pid=os.getpid(), started_at=Now(), seen_at=Now(), **serves
            )
