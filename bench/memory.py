"""Memory of an idle process of the endpoint, and what each further live configuration adds."""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path

from customers import customer
from results import save
from servers import ENDPOINT, asgi, running

_INSTANCES = 100
_MIB = 1024 * 1024


def main() -> int:
    """Measure, print and keep the figures."""
    idle, full = _memory(), _memory(str(_INSTANCES))
    each = (full - idle) / _INSTANCES
    print(f"memory of an idle process: {idle / _MIB:.0f} MiB; each further live configuration: {each / 1024:.0f} KiB")
    save("memory", {"idle": idle, "each_configuration": each})
    return 0


def _memory(*arguments: str) -> int:
    """Bytes, after a second of doing nothing."""
    with tempfile.TemporaryDirectory(prefix="p13nadmin-bench-") as directory:
        environment = customer(Path(directory), *arguments)
        with running(asgi(ENDPOINT, environment), sorted(os.sched_getaffinity(0))) as process:
            time.sleep(1)
            return process.memory()


if __name__ == "__main__":
    sys.exit(main())
