"""The tabs of an instance's pages that the settings of a customer need."""

from __future__ import annotations

from p13nadmin.console.pages import InstancePage, register_pages
from p13nadmin.console.tabs import Tab, register_tabs
from provisioning.console.approval_page import approval_page, policy_page
from provisioning.console.move_pages import switch_page
from provisioning.console.offers_page import offers_page
from provisioning.console.process_page import live_on_page
from provisioning.console.replay_page import replay_page
from provisioning.console.schedule_page import cancel_schedule

register_pages(
    InstancePage("offers/", offers_page, "instance_offers"),
    InstancePage("offers/switch/", switch_page, "instance_switch"),
    InstancePage("approval/", approval_page, "instance_approval"),
    InstancePage("replay/", replay_page, "instance_replay"),
    InstancePage("policy/", policy_page, "instance_policy"),
    InstancePage("schedule/cancel/", cancel_schedule, "instance_cancel_schedule"),
    InstancePage("live-on/", live_on_page, "instance_live_on"),
)

register_tabs(
    Tab(("overview",), "Overview", "routing_instance_change", 0),
    Tab(
        ("draft",),
        "Configuration",
        "instance_draft",
        10,
        ("provisioning.view_draft", "provisioning.change_draft"),
    ),
    Tab(("offers",), "Offers", "instance_offers", 15, ("provisioning.view_configurationversion",)),
    Tab(
        ("versions", "configurationversion"),
        "Versions",
        "provisioning_configurationversion_changelist",
        30,
        ("provisioning.view_configurationversion",),
        is_list=True,
    ),
    Tab(("push",), "Pushes", "provisioning_push_changelist", 40, ("provisioning.view_push",), is_list=True),
    Tab(
        ("destination",),
        "Destinations",
        "routing_destination_changelist",
        50,
        ("routing.view_destination",),
        is_list=True,
    ),
    Tab(("accesstoken",), "Tokens", "tokens_accesstoken_changelist", 60, ("tokens.view_accesstoken",), is_list=True),
    Tab(("apikey",), "Keys", "tokens_apikey_changelist", 61, ("tokens.view_apikey",), is_list=True),
    Tab(
        ("historyentry",),
        "History",
        "routing_historyentry_changelist",
        80,
        ("routing.view_historyentry",),
        is_list=True,
    ),
    Tab(("details",), "Details", "instance_details", 90, ("routing.change_instance",)),
)
