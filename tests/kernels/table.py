# SPDX-License-Identifier: Apache-2.0
"""Puts the results of the kernel matrix together: `table.py FOLDER KERNELS BACKENDS TAP TABLE`.

FOLDER/KERNEL/output is what tests/kernels/guest/main.py printed there, FOLDER/KERNEL/version the kernel's full version. Writes the table (Markdown) and the TAP file, and prints the table. What did not run is a
failure.
"""

import datetime
import json
import pathlib
import sys


def main(folder, kernels, backends, tap, to):
    folder = pathlib.Path(folder)
    kernels, backends = kernels.split(), backends.split()
    cells, titles, versions, explanations = {}, {}, {}, {}
    for kernel in kernels:
        path = folder / kernel / "output"
        versions[kernel] = (folder / kernel / "version").read_text().strip() if (folder / kernel / "version").exists() else "?"
        for line in path.read_text(errors="replace").splitlines() if path.exists() else []:
            if not line.startswith("@{"):
                continue
            result = json.loads(line[1:])
            titles[result["test"]] = result["title"]
            cells[kernel, result["backend"], result["test"]] = result["outcome"], result["reason"]
    lines, number = [], 0
    if not titles:
        lines.append("not ok 1 - no test of the kernel matrix ran")
    for kernel in kernels:
        for backend in backends:
            for test, title in titles.items():
                outcome, reason = cells.get((kernel, backend, test), ("FAIL", "did not run"))
                number += 1
                name = f"{kernel}, {backend}: {title}"
                if outcome == "explained":
                    lines.append(f"ok {number} - {name} # SKIP kernel: {reason}")
                else:
                    lines.append(f"{'ok' if outcome == 'pass' else 'not ok'} {number} - {name}{': ' + reason if reason else ''}")
    pathlib.Path(tap).write_text("\n".join(lines) + "\n")
    table = ["| test | " + " | ".join(f"{k} {b}" for k in kernels for b in backends) + " |",
             "|---" * (1 + len(kernels) * len(backends)) + "|"]
    for test, title in titles.items():
        row = [title]
        for kernel in kernels:
            for backend in backends:
                outcome, reason = cells.get((kernel, backend, test), ("FAIL", "did not run"))
                if outcome == "explained":
                    outcome = str(explanations.setdefault(reason, len(explanations) + 1)).join(["[", "]"])
                row.append(outcome)
        table.append("| " + " | ".join(row) + " |")
    table += ["", "Kernels: " + ", ".join(f"{k} is {versions[k]}" for k in kernels) + f". {datetime.date.today().isoformat()}."]
    table += [f"[{n}] {reason}." for reason, n in explanations.items()]
    pathlib.Path(to).write_text("\n".join(table) + "\n")
    print("\n".join(table))


if __name__ == "__main__":
    main(*sys.argv[1:])
