"""How long importing 100,000 destinations takes, on SQLite, with the command that users have.

    .venv/bin/python bench/imports.py [--rows 100000]

All are of one instance; what is timed is the whole command, its start and its checks included.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from customers import customer
from results import save
from servers import ROOT


def main() -> int:
    """Measure, print and keep the figures."""
    rows = _options().rows
    with tempfile.TemporaryDirectory(prefix="p13nadmin-bench-") as directory:
        environment = customer(Path(directory))
        file = Path(directory) / "destinations.csv"
        lines = (f"1,8,shop_{number % 100:02},table_{number}" for number in range(rows))
        file.write_text("\n".join(["account,instance,database,table", *lines]) + "\n")
        began = time.perf_counter()
        command = [sys.executable, str(ROOT / "manage.py"), "import_destinations", str(file)]
        subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL)
        seconds = time.perf_counter() - began
    print(f"importing {rows:,} destinations, the start of the command and its checks included: {seconds:.1f} s")
    save("imports", {"rows": rows, "seconds": seconds})
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rows", type=int, default=100_000)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
