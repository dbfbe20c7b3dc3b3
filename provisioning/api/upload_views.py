"""`/provision`: uploading a configuration, and what there is."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.urls import reverse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, PolymorphicProxySerializer
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BooleanField

from p13nadmin.api.parsers import (
    ConfigurationFormParser,
    StrictJSONParser,
    TextYAMLTextParser,
    XYAMLTextParser,
    YAMLTextParser,
)
from p13nadmin.api.schema import documented, page_of
from p13nadmin.api.serializers import InstancePaging
from p13nadmin.api.views import ApiView
from provisioning.api.answers import moved, shown_instances, shown_problems, shown_versions, tagged
from provisioning.api.renderers import ReportRenderer
from provisioning.api.serializers import (
    ConfigurationInput,
    DryRunOutput,
    InstanceStateOutput,
    MovedOutput,
    UploadQuery,
    VersionOutput,
)
from provisioning.api.uploads import uploaded_text
from provisioning.previews import preview_upload
from provisioning.selectors import newest_push, versions_of, with_newest_version
from provisioning.services import upload_configuration
from routing.models import Instance
from routing.selectors import find_account, find_instance, instances_of

TAGS = ["Phase 2: provisioning"]
IF_MATCH = OpenApiParameter(
    "If-Match",
    OpenApiTypes.STR,
    OpenApiParameter.HEADER,
    description="The ETag that was seen: 412 when someone else pushed meanwhile.",
)
_YAML_EXAMPLE = "keys: [td_client_id]\nevents:\n  - {name: pageview, database: your_database, table: pageviews}\n"
_FORM = {"type": "object", "required": ["file"], "properties": {"file": {"type": "string", "format": "binary"}}}
_LISTS = PolymorphicProxySerializer(
    component_name="InstancesOrVersions",
    serializers=[page_of(InstanceStateOutput), page_of(VersionOutput)],
    resource_type_field_name=None,
)
_ANSWER = PolymorphicProxySerializer(
    component_name="UploadOrDryRun", serializers=[MovedOutput, DryRunOutput], resource_type_field_name=None
)


class ProvisionView(ApiView):
    """Configurations."""

    permissions = {
        "GET": "provisioning.view_configurationversion",
        "POST": "provisioning.add_configurationversion",
    }
    parser_classes = (
        StrictJSONParser,
        YAMLTextParser,
        XYAMLTextParser,
        TextYAMLTextParser,
        ConfigurationFormParser,
    )
    # The text's own limit is smaller, but JSON escapes what is in it.
    body_limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE

    @documented(
        summary="List instances or versions",
        text="Without `instance`: the account's instances with their live version. With it: the instance's versions, "
        "the newest first. In pages.",
        query=InstancePaging,
        answers={200: _LISTS},
        tags=TAGS,
    )
    def get(self, request: Request) -> Response:
        query = self.query(InstancePaging)
        account = query.get("account")
        if "instance" not in query:
            instances = instances_of(find_account(caller=self.caller, number=account))
            return self.page(with_newest_version(instances), shown_instances, request)
        instance = find_instance(caller=self.caller, account=account, instance=query["instance"])
        page = self.page(versions_of(instance), lambda rows: shown_versions(instance, rows), request)
        return tagged(page, newest_push(instance))

    @documented(
        summary="Upload a configuration",
        text="Checks the text and keeps it as the next version (201); the newest version's text again creates nothing "
        "(200). With `push` it is made live as well, and what only a push checks counts too. Any error is a 422 with "
        "every problem, and nothing is stored. With `dry_run` nothing is stored in any case; `Accept: text/plain` then "
        "gives the report alone.",
        query=UploadQuery,
        request={
            "application/yaml": OpenApiTypes.STR,
            "application/x-yaml": OpenApiTypes.STR,
            "text/yaml": OpenApiTypes.STR,
            "application/json": ConfigurationInput,
            "multipart/form-data": _FORM,
        },
        parameters=(IF_MATCH,),
        answers={201: MovedOutput, (200, "application/json"): _ANSWER, (200, "text/plain"): OpenApiTypes.STR},
        examples=[
            OpenApiExample("YAML", value=_YAML_EXAMPLE, request_only=True, media_type="application/yaml"),
            OpenApiExample(
                "JSON", value={"configuration": _YAML_EXAMPLE}, request_only=True, media_type="application/json"
            ),
        ],
        also=(412,),
        tags=TAGS,
    )
    def post(self, request: Request) -> Response:
        query = self.query(UploadQuery)
        if query["push"]:
            self.require("provisioning.add_push")
        instance = find_instance(caller=self.caller, account=query.get("account"), instance=query.get("instance"))
        text = uploaded_text(self)
        if query["dry_run"]:
            return _dry_run(instance, text, push=query["push"])
        return self._upload(instance, text, query)

    def get_renderers(self) -> list[BaseRenderer]:
        """A trial of an upload has a report, which can be asked for by itself."""
        tried = self.request is not None and self.request.GET.get("dry_run") in BooleanField.TRUE_VALUES
        return [*super().get_renderers(), *([ReportRenderer()] if tried and self.request.method == "POST" else [])]

    def _upload(self, instance: Instance, text: str | bytes, query: dict[str, Any]) -> Response:
        upload = upload_configuration(
            instance=instance,
            text=text,
            actor=self.caller.actor,
            note=query["note"],
            push=query["push"],
            if_match=self.request.headers.get("If-Match"),
            break_glass=query["break_glass"],
        )
        answer = moved(instance, upload.version, upload.push, upload.warnings)
        response = Response(answer, status=201 if upload.created else 200)
        response["Location"] = reverse("version", args=(instance.account_id, instance.number, upload.version.number))
        return tagged(response, newest_push(instance))


def _dry_run(instance: Instance, text: str | bytes, *, push: bool) -> Response:
    preview = preview_upload(instance=instance, text=text, stage="push" if push else "draft")
    return Response(
        {
            "valid": preview.check.plan is not None,
            "errors": shown_problems(preview.check.errors),
            "warnings": shown_problems(preview.check.warnings),
            "report": preview.report,
            "diff": preview.difference.as_dict(),
            "losses": preview.consequences.as_list(),
        }
    )
