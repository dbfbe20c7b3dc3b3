"""The console's pages that need the engine stand among those of an instance."""

from __future__ import annotations

from p13nadmin.console.pages import InstancePage, register_pages
from p13nadmin.console.tabs import Tab, register_tabs
from personalization.console.call_page import call_page
from personalization.console.keep_page import keep_page
from personalization.console.try_page import try_page
from personalization.replaying import replay_events
from personalization.seen_columns import seen_columns
from provisioning.columns import register_reader
from provisioning.replay import register_replayer

register_reader(seen_columns)
register_replayer(replay_events)
register_pages(
    InstancePage("try/", try_page, "instance_try"),
    InstancePage("try/keep/", keep_page, "instance_keep"),
    InstancePage("call/", call_page, "instance_call"),
)
register_tabs(
    Tab(("try",), "Try it", "instance_try", 20, ("provisioning.view_configurationversion",)),
    Tab(("call",), "Check a call", "instance_call", 25, ("tokens.view_accesstoken",)),
)
