"""`/provision/{account}/{instance}/…`: reading versions, moving what is live."""

from __future__ import annotations

from drf_spectacular.types import OpenApiTypes
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from p13nadmin.api.errors import NotFound
from p13nadmin.api.schema import documented
from p13nadmin.api.views import ApiView
from provisioning.api.answers import moved, shown_version, tagged
from provisioning.api.renderers import TextYAMLTextRenderer, XYAMLTextRenderer, YAMLTextRenderer
from provisioning.api.serializers import (
    DiffOutput,
    DiffQuery,
    LiveOutput,
    MovedOutput,
    PushInput,
    PushOutput,
    RollbackInput,
    VersionTextOutput,
)
from provisioning.api.upload_views import IF_MATCH, TAGS
from provisioning.language import json_schema
from provisioning.previews import compare_versions
from provisioning.selectors import find_version, newest_push
from provisioning.services import push_version, roll_back
from routing.selectors import find_instance

_TEXT_TYPES = ("application/yaml", "application/x-yaml", "text/yaml")
_AS_TEXT = {(200, media_type): OpenApiTypes.STR for media_type in _TEXT_TYPES}
_WITH_TEXT = (JSONRenderer, YAMLTextRenderer, XYAMLTextRenderer, TextYAMLTextRenderer)


class LanguageSchemaView(ApiView):
    """The JSON Schema of the configuration language."""

    @documented(
        summary="Read the language's JSON Schema",
        text="For editors: it completes and checks fields, but knows nothing of expressions and references.",
        answers={200: OpenApiTypes.OBJECT},
        tags=TAGS,
    )
    def get(self, request: Request) -> Response:
        return Response(json_schema())


class LiveView(ApiView):
    """The live version."""

    permissions = {"GET": "provisioning.view_configurationversion"}
    renderer_classes = _WITH_TEXT

    @documented(
        summary="Read the live version",
        text="As JSON, or its text alone with `Accept: application/yaml`. 404 when nothing is live.",
        answers={(200, "application/json"): LiveOutput, **_AS_TEXT},
        tags=TAGS,
    )
    def get(self, request: Request, account: int, instance: int) -> Response:
        found = find_instance(caller=self.caller, account=account, instance=instance)
        push = newest_push(found)
        if push is None:
            raise NotFound(f"nothing is live on instance {found.label} yet; push a version")
        answer = {**shown_version(found, push.version), "configuration": push.version.text}
        return tagged(Response({**answer, "push": PushOutput(push).data}), push)


class VersionView(ApiView):
    """One version."""

    permissions = {"GET": "provisioning.view_configurationversion"}
    renderer_classes = _WITH_TEXT

    @documented(
        summary="Read a version",
        text="As JSON, or its text alone with `Accept: application/yaml`.",
        answers={(200, "application/json"): VersionTextOutput, **_AS_TEXT},
        tags=TAGS,
    )
    def get(self, request: Request, account: int, instance: int, version: int) -> Response:
        found = find_instance(caller=self.caller, account=account, instance=instance)
        row = find_version(found, version)
        answer = {**shown_version(found, row), "configuration": row.text}
        return tagged(Response(answer), newest_push(found))


class DiffView(ApiView):
    """Two versions compared."""

    permissions = {"GET": "provisioning.view_configurationversion"}

    @documented(
        summary="Compare two versions",
        text="By meaning: what was added, removed, changed or renamed, by section and name, one sentence each; and as "
        "unified text.",
        query=DiffQuery,
        answers={200: DiffOutput},
        tags=TAGS,
    )
    def get(self, request: Request, account: int, instance: int) -> Response:
        query = self.query(DiffQuery)
        found = find_instance(caller=self.caller, account=account, instance=instance)
        difference = compare_versions(instance=found, old=query["from"], new=query["to"])
        place = {"account": account, "instance": instance, "from": query["from"], "to": query["to"]}
        return tagged(Response({**place, **difference.as_dict()}), newest_push(found))


class PushView(ApiView):
    """Making a version live."""

    permissions = {"POST": "provisioning.add_push"}

    @documented(
        summary="Push a version",
        text="Checks the version as of now and makes it live; every process serves it within a second. Pushing what is "
        "live already changes nothing.",
        request=PushInput,
        example={"version": 5, "note": "spring sale"},
        parameters=(IF_MATCH,),
        answers={200: MovedOutput},
        also=(409, 412),
        tags=TAGS,
    )
    def post(self, request: Request, account: int, instance: int) -> Response:
        wanted = self.body(PushInput)
        found = find_instance(caller=self.caller, account=account, instance=instance)
        push, check = push_version(
            instance=found, actor=self.caller.actor, if_match=request.headers.get("If-Match"), **wanted
        )
        return tagged(Response(moved(found, push.version, push, check.warnings)), push)


class RollbackView(ApiView):
    """Going back."""

    permissions = {"POST": "provisioning.add_push"}

    @documented(
        summary="Roll back",
        text="Makes the version live that was live before this one (again: further back), or `version`, one that has "
        "been live. What is wrong with it by now only warns.",
        request=RollbackInput,
        example={},
        parameters=(IF_MATCH,),
        answers={200: MovedOutput},
        also=(409, 412),
        tags=TAGS,
    )
    def post(self, request: Request, account: int, instance: int) -> Response:
        wanted = self.body(RollbackInput)
        found = find_instance(caller=self.caller, account=account, instance=instance)
        push, check = roll_back(
            instance=found, actor=self.caller.actor, if_match=request.headers.get("If-Match"), **wanted
        )
        return tagged(Response(moved(found, push.version, push, check.problems)), push)
