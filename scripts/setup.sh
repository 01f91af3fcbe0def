#!/usr/bin/env bash
# Installs what publishing and testing need on Debian, with apt and only what is missing; does nothing when all is there.
#   scripts/setup.sh            everything
#   scripts/setup.sh publish    only what scripts/publish.sh needs
# Works as root or with sudo. The .NET SDK itself must be there (https://dot.net).
set -euo pipefail

what=${1:-all}
case $what in all | publish) ;; *) sed -n '2,5s/^# //p' "$0" >&2; exit 2 ;; esac

say() { echo "setup: $*"; }
have() { command -v "$1" >/dev/null 2>&1; }

if ! have dotnet || ! dotnet --list-sdks | awk -F. '$1 >= 10 { found = 1 } END { exit !found }'; then
    say "the .NET SDK 10 is needed and was not found: see https://learn.microsoft.com/dotnet/core/install/linux-debian" >&2
    exit 1
fi

missing=()
need() { missing+=("$@"); }

# The linker of Native AOT: clang or gcc, with the C library's start files.
have clang || have gcc || need gcc
[ -e /usr/include/stdio.h ] || need libc6-dev
have objcopy || need binutils
# SQLite as a static archive, so that the binary is one file.
compgen -G '/usr/lib/*/libsqlite3.a' >/dev/null || need libsqlite3-dev

if [ "$what" = all ]; then
    have git || need git
    # The page is driven in a headless browser, and the official OpenAI client runs on node.
    have chromium || need chromium
    have node || need nodejs
    have npm || need npm
fi

promtool_missing=false
if [ "$what" = all ] && ! have promtool; then promtool_missing=true; fi

if [ ${#missing[@]} -eq 0 ] && ! $promtool_missing; then
    exit 0
fi

as_root=()
if [ "$(id -u)" -ne 0 ]; then
    if have sudo && sudo -n true 2>/dev/null || { have sudo && [ -t 0 ]; }; then
        as_root=(sudo)
    else
        $promtool_missing && missing+=("prometheus (for promtool)")
        say "these Debian packages are missing and neither root nor sudo is at hand: ${missing[*]}" >&2
        exit 1
    fi
fi
if ! have apt-get; then
    say "apt-get was not found; install the equivalents of: ${missing[*]}" >&2
    exit 1
fi

apt() { "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=300 "$@"; }
log=$(mktemp)
work=$(mktemp -d)
trap 'rm -rf "$log" "$work"' EXIT
run() { "$@" >"$log" 2>&1 </dev/null || { cat "$log" >&2; exit 1; }; }

say "refreshing the package lists"
run apt update
if [ ${#missing[@]} -gt 0 ]; then
    say "installing ${missing[*]}"
    run apt install -y --no-install-recommends "${missing[@]}"
fi
if $promtool_missing; then
    # Installing the package would start a Prometheus server on this machine; only its checker is wanted.
    say "unpacking promtool from the package prometheus into /usr/local/bin"
    (cd "$work" && run apt-get -qq download prometheus && dpkg-deb -x prometheus_*.deb unpacked)
    run "${as_root[@]}" install -m 755 "$work/unpacked/usr/bin/promtool" /usr/local/bin/promtool
fi
say "done"
