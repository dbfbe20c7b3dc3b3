"""The console's pages that need to know what is live: instances, versions and pushes."""

from __future__ import annotations

import provisioning.console.tabs  # noqa: F401 - registers the tabs
from provisioning.console.history_page import HistoryAdmin
from provisioning.console.instance_pages import InstanceAdmin
from provisioning.console.lists import ConfigurationVersionAdmin, PushAdmin

__all__ = ["ConfigurationVersionAdmin", "HistoryAdmin", "InstanceAdmin", "PushAdmin"]
