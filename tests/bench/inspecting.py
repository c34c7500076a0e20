"""What ``sentinel inspect`` costs on real documents: CPU and memory of the whole command and all that it starts.

Run as ``python -m tests.bench.inspecting FILE:CPU_SECONDS:MEGABYTES...``; each file has its own bounds.
"""

import argparse
import sys
import tempfile
from pathlib import Path

from tests.bench.bounds import Bound, judged
from tests.bench.measure import measure, table
from tests.servers.launch import ROOT


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("documents", nargs="+", metavar="FILE:CPU_SECONDS:MEGABYTES")
    arguments = parser.parse_args()
    rows: list[list[object]] = []
    bounds: list[Bound] = []
    for given in arguments.documents:
        file, cpu_s, peak_mb = given.rsplit(":", 2)
        name = Path(file).name
        with tempfile.TemporaryDirectory() as folder:
            command = [sys.executable, "-m", "pipeline.cli", "inspect", str(Path(file).absolute())]
            cost = measure(command, cwd=Path(folder), env={"PYTHONPATH": str(ROOT)}, every_s=0.05)
        rows.append([name, Path(file).stat().st_size / 1e6, cost.cpu_s, cost.wall_s, cost.peak_pss_mb, cost.exit_code])
        bounds += [
            Bound(what=f"{name}: CPU seconds", measured=cost.cpu_s, most=float(cpu_s)),
            Bound(what=f"{name}: peak memory, MB", measured=cost.peak_pss_mb, most=float(peak_mb)),
            Bound(what=f"{name}: exit code", measured=cost.exit_code, most=0),
        ]
    print(table(["document", "MB", "CPU s", "wall s", "peak MB", "exit"], rows))
    return judged(bounds)


if __name__ == "__main__":
    sys.exit(main())
