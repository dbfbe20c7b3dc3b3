"""The tabs of an instance's pages that the settings of a customer need."""

from __future__ import annotations

from p13nadmin.console.tabs import Tab, register_tabs

register_tabs(
    Tab(("overview",), "Overview", "routing_instance_change", 0),
    Tab(
        ("draft",),
        "Configuration",
        "instance_draft",
        10,
        ("provisioning.view_draft", "provisioning.change_draft"),
    ),
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
    Tab(("details",), "Details", "instance_details", 90, ("routing.change_instance",)),
)
