# SPDX-License-Identifier: Apache-2.0
"""wget, one process for all steps, which are GETs, each on its own connection: wget_client.py client 1.1 URL STEPS [CA] (see README.md)."""

import json
import os
import re
import subprocess
import sys
import tempfile


def main():
    _, version, url, path, *ca = sys.argv[1:]
    if version != "1.1":
        sys.exit("HTTP/1.1 alone")
    with open(path, encoding="utf-8") as file:
        steps = [json.loads(line) for line in file]
    with tempfile.TemporaryDirectory() as folder:
        log = os.path.join(folder, "log")
        command = ["wget", "--no-config", "--no-proxy", "--no-hsts", "--no-http-keep-alive", "--tries=1", "--max-redirect=0", "--content-on-error", "--no-directories",
                   "--server-response", "--restrict-file-names=unix", "--header=X-Number: all", "--output-file", log, "--directory-prefix", folder]
        command += ["--ca-certificate", *ca] if ca else []
        subprocess.run(command + [url + step["path"] for step in steps], stdin=subprocess.DEVNULL, check=False)
        with open(log, encoding="utf-8") as file:
            said = re.split(r"^--\d[^\n]*--  ", file.read(), flags=re.MULTILINE)
        for step in steps:
            part = next(x for x in said if x.startswith(url + step["path"] + "\n"))
            status = re.findall(r"^  HTTP/\S+ (\d+)", part, flags=re.MULTILINE)
            number = re.findall(r"^  X-Number: (.*)$", part, flags=re.MULTILINE | re.IGNORECASE)
            name = os.path.join(folder, step["path"].rsplit("/", 1)[1])
            print(json.dumps({
                "n": step["n"], "method": step["method"], "uri": step["path"], "status": int(status[-1]) if status else None, "sent": 0,
                "received": os.path.getsize(name) if os.path.exists(name) else 0, "number": number[-1] if number else None,
                "trailers": None, "error": None,
            }), flush=True)


main()
