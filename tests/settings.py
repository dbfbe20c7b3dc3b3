"""The project's settings, as the tests use them: nothing depends on the shell but `DATABASE_URL`.

Each test process keeps its files in a directory of its own, so that several runs never meet.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from pathlib import Path

_DIRECTORY = tempfile.mkdtemp(prefix="p13nadmin-tests-")
atexit.register(shutil.rmtree, _DIRECTORY, ignore_errors=True)

(Path(_DIRECTORY) / "static").mkdir()

os.environ["DEBUG"] = "true"
os.environ["DATA_DIR"] = _DIRECTORY
os.environ["SECRET_KEY"] = "only-for-tests"
os.environ["ALLOWED_HOSTS"] = "localhost,127.0.0.1,testserver"
os.environ["EVENT_STORE"] = f"sqlite:///{_DIRECTORY}/events.sqlite3"
os.environ.setdefault("DATABASE_URL", f"sqlite:///{_DIRECTORY}/control.sqlite3")

from p13nadmin.settings import *  # noqa: E402, F403
from p13nadmin.settings import DATABASES  # noqa: E402

if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # A file, not memory: threads of one test then meet each other's locks as processes do.
    DATABASES["default"]["TEST"] = {"NAME": str(Path(_DIRECTORY) / "test.sqlite3")}
else:
    # Threads that serve requests outlive them; their connections must not outlive the test database.
    DATABASES["default"]["CONN_MAX_AGE"] = 0
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
