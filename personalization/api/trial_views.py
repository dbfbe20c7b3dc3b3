"""`/provision/{account}/{instance}/explain` and `/check-call`: trying things; nothing is stored."""

from __future__ import annotations

import json
import time
from typing import Any

from django.conf import settings
from django.http import JsonResponse
from rest_framework.request import Request

from p13nadmin.api.client_address import networks
from p13nadmin.api.schema import documented
from p13nadmin.api.views import ApiView
from personalization import json_text
from personalization.api.trial_serializers import CheckCallInput, CheckCallOutput, ExplainInput, ExplainOutput
from personalization.call_checks import CheckedCall, check_call
from personalization.described_calls import CallDescription
from personalization.profile import Profile
from personalization.rehearsal import Heard
from personalization.stored_profiles import stored_profile
from personalization.trials import Event, Trial, chosen_configuration, given_configuration, read_table, try_event
from personalization.verdicts import verdict
from routing.models import Instance
from routing.selectors import find_instance

_TAGS = ["Trying"]


class ExplainView(ApiView):
    """What an event would get, and why."""

    permissions = {"POST": "provisioning.view_configurationversion"}
    body_limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE

    @documented(
        summary="Explain an event",
        text="The answer to an event exactly as the endpoint would give it, by any version, the draft, or a text; and "
        "why each offer came or did not, condition by condition with the values. Nothing is stored.",
        request=ExplainInput,
        example={"table": "your_database/pageviews", "event": {"td_client_id": "202"}, "profile": {"visits": 2}},
        answers={200: ExplainOutput},
        also=(409,),
        tags=_TAGS,
    )
    def post(self, request: Request, account: int, instance: int) -> JsonResponse:
        wanted = self.body(ExplainInput)
        found = find_instance(caller=self.caller, account=account, instance=instance)
        if wanted["version"] == "draft":
            self.require("provisioning.view_draft", found.account_id)
        configuration = (
            given_configuration(wanted["configuration"])
            if "configuration" in wanted
            else chosen_configuration(found, wanted["version"])
        )
        moment = wanted["time"].timestamp() if "time" in wanted else time.time()
        trial = try_event(
            instance=found,
            configuration=configuration,
            event=_event(wanted),
            profile=self._person(found, wanted) or wanted.get("profile"),
            now=moment,
        )
        return JsonResponse({**_place(found), **_shown_trial(trial)})

    def _person(self, instance: Instance, wanted: dict[str, Any]) -> Profile | None:
        if "person" not in wanted:
            return None
        self.require("personalization.view_profile", instance.account_id)
        return stored_profile(instance=instance, **wanted["person"])


class CheckCallView(ApiView):
    """Whether a call is taken, and if not, why."""

    permissions = {"POST": "tokens.view_accesstoken"}
    body_limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE

    @documented(
        summary="Check a call",
        text="What the endpoint would answer to a call that somebody pasted or describes: which of its checks fails, "
        "what to do about it, and what a browser is told before. Nothing is stored, and no secret is repeated.",
        request=CheckCallInput,
        example={"path": "/public/your_database/pageviews", "token": "web", "key": "browsers", "origin": "https://x.y"},
        answers={200: CheckCallOutput},
        tags=_TAGS,
    )
    def post(self, request: Request, account: int, instance: int) -> JsonResponse:
        description = CallDescription(**self.body(CheckCallInput))
        found = find_instance(caller=self.caller, account=account, instance=instance)
        checked = check_call(instance=found, description=description, trusted=networks(tuple(settings.TRUSTED_PROXIES)))
        return JsonResponse({**_place(found), **_shown_check(checked)})


def _event(wanted: dict[str, Any]) -> Event:
    database, table = read_table(wanted["table"])
    earlier = tuple(map(_body, wanted["earlier"]))
    return Event(database, table, _body(wanted["event"]), public=wanted["public"], earlier=earlier)


def _body(event: dict[str, Any]) -> bytes:
    return json.dumps(event).encode()


def _place(instance: Instance) -> dict[str, int]:
    return {"account": instance.account_id, "instance": instance.number}


def _shown_trial(trial: Trial) -> dict[str, Any]:
    explanation = trial.heard.explanation
    return {
        "configuration": trial.configuration.name,
        "answer": _answer(trial.heard, only=("x-p13n-version", "x-p13n-reason")),
        "because": trial.because,
        "verdicts": {} if explanation is None else {o.name: verdict(o, explanation) for o in explanation.offers},
        "explanation": None if explanation is None else explanation.as_dict(),
    }


def _shown_check(checked: CheckedCall) -> dict[str, Any]:
    steps = checked.steps
    return {
        "method": checked.method,
        "path": checked.path,
        "answer": _answer(checked.answer),
        "checks": [{"code": s.code, "check": s.title, "expected": s.text, "outcome": s.outcome} for s in steps],
        "advice": [advice.text for advice in checked.advice],
        "preflight": None if checked.preflight is None else _answer(checked.preflight),
    }


def _answer(heard: Heard, only: tuple[str, ...] = ()) -> dict[str, Any]:
    headers = {name: value for name, value in heard.headers if name in only or not only}
    return {"status": heard.status, "headers": headers, "body": json_text.load(heard.body) if heard.body else {}}
