"""Static files by their content's hash, our scripts' imports of each other included."""

from __future__ import annotations

from whitenoise.storage import CompressedManifestStaticFilesStorage


class HashedStaticFiles(CompressedManifestStaticFilesStorage):
    """After an upgrade a browser never mixes a new module with an old one from its cache."""

    support_js_module_import_aggregation = True
