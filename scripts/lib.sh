# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Sourced by the other scripts: how they speak, and how they become root where a step needs it.

step() { printf '==> %s\n' "$*" >&2; }
note() { printf '    %s\n' "$*" >&2; }
fail() { printf '%s: %s\n' "${0##*/}" "$*" >&2; exit 1; }
have() { command -v "$1" >/dev/null 2>&1; }

# A step that needs root runs as it is when we are root, else through sudo; without a terminal sudo must not ask.
as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    elif ! have sudo; then
        printf '%s: this step needs root and there is no sudo here: %s\n' "${0##*/}" "$*" >&2
        return 1
    elif [ -t 0 ] && [ "${CI:-}" != true ]; then
        sudo -- "$@"
    else
        sudo -n -- "$@"
    fi
}

# Debian puts servers into sbin, which a user's PATH often lacks.
export PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin"

# Debian's packages serve Debian's Python; another one that comes first in PATH (pyenv, conda) does not see them.
python=/usr/bin/python3
[ -x "$python" ] || python=python3
