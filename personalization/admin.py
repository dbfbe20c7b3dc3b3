"""The console's pages that need the engine stand among those of an instance."""

from __future__ import annotations

from p13nadmin.console.pages import (
    GeneralPage,
    InstancePage,
    register_general_pages,
    register_needs,
    register_pages,
)
from p13nadmin.console.tabs import Tab, register_tabs
from personalization.console.answers_page import answers_page
from personalization.console.call_page import call_page
from personalization.console.events_page import event_page, events_page
from personalization.console.keep_page import keep_page
from personalization.console.needs import needs_of
from personalization.console.profiles_page import profiles_page
from personalization.console.recordings_page import recording_page, recordings_page
from personalization.console.rejections_page import nobodys_page, rejections_page
from personalization.console.traffic_page import traffic_page
from personalization.console.try_page import try_page
from personalization.console.why_page import why_page
from personalization.replaying import replay_events
from personalization.seen_columns import seen_columns
from provisioning.columns import register_reader
from provisioning.replay import register_replayer

register_reader(seen_columns)
register_replayer(replay_events)
register_needs(needs_of)
register_pages(
    InstancePage("try/", try_page, "instance_try"),
    InstancePage("try/keep/", keep_page, "instance_keep"),
    InstancePage("call/", call_page, "instance_call"),
    InstancePage("why/", why_page, "instance_why"),
    InstancePage("events/", events_page, "instance_events"),
    InstancePage("events/rejected/", rejections_page, "instance_rejections"),
    InstancePage("events/one/", event_page, "instance_event"),
    InstancePage("recordings/", recordings_page, "instance_recordings"),
    InstancePage("recordings/<int:number>/", recording_page, "instance_recording"),
    InstancePage("profiles/", profiles_page, "instance_profiles"),
    InstancePage("traffic/", traffic_page, "instance_traffic"),
    InstancePage("answers/", answers_page, "instance_answers"),
)
register_general_pages(GeneralPage("rejected/", nobodys_page, "rejections_of_nobody"))
register_tabs(
    Tab(("try",), "Try it", "instance_try", 20, ("provisioning.view_configurationversion",)),
    Tab(("why",), "Why no offers?", "instance_why", 12, ("provisioning.view_configurationversion",)),
    Tab(("events",), "Events", "instance_events", 15, ("provisioning.view_configurationversion",)),
    Tab(("profiles",), "Profiles", "instance_profiles", 16, ("personalization.view_profile",)),
    Tab(("traffic",), "Traffic", "instance_traffic", 11, ("routing.view_instance",)),
    Tab(("call",), "Check a call", "instance_call", 25, ("tokens.view_accesstoken",)),
)
