"""Static files by their content's hash, our scripts' imports of each other included."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from django.contrib.staticfiles.storage import ManifestStaticFilesStorage as _Storage
else:
    from whitenoise.storage import CompressedManifestStaticFilesStorage as _Storage


class HashedStaticFiles(_Storage):
    """After an upgrade a browser never mixes a new module with an old one from its cache."""

    support_js_module_import_aggregation = True
