#!/usr/bin/env bash
# Publishes the daemon as one Native AOT file to dist/fangd and prints its size; fails on any trim or AOT warning.
#   scripts/publish.sh [--rid linux-x64] [--framework net9.0] [--property:NAME=VALUE ...]
# A runtime identifier other than this machine's goes to dist/RID/fangd and needs a cross linker and libsqlite3.a of that kind
# (--property:SqliteArchive=FILE). SOURCE_DATE_EPOCH, when set, is the build date.
set -euo pipefail
cd "$(dirname "$0")/.."

case $(uname -m) in x86_64) host=linux-x64 ;; aarch64) host=linux-arm64 ;; *) host=linux-$(uname -m) ;; esac
rid=$host
extra=()
while [ $# -gt 0 ]; do
    case $1 in
        --rid) rid=${2:?--rid needs a runtime identifier}; shift 2 ;;
        --framework) extra+=("-p:FangdFramework=${2:?--framework needs a name}"); shift 2 ;;
        --property:* | -p:*) extra+=("$1"); shift ;;
        *) sed -n '2,5s/^# //p' "$0" >&2; exit 2 ;;
    esac
done

scripts/setup.sh publish

sha=$(git rev-parse --short=12 HEAD 2>/dev/null || echo unknown)
[ "$sha" = unknown ] || git diff --quiet HEAD -- src 2>/dev/null || sha=$sha-dirty
date=$(date -u -d "@${SOURCE_DATE_EPOCH:-$(date +%s)}" +%F)

stage=$(mktemp -d)
log=$(mktemp)
trap 'rm -rf "$stage" "$log"' EXIT
echo "publish: $rid, $sha, $date"
# Each warning of a library on its own, not one line an assembly.
if ! dotnet publish src/Fangd -c Release -r "$rid" -o "$stage" -v minimal -nologo \
    -p:TrimmerSingleWarn=false "-p:GitSha=$sha" "-p:BuildDate=$date" ${extra[@]+"${extra[@]}"} >"$log" 2>&1 </dev/null; then
    cat "$log" >&2
    exit 1
fi
if grep -E '(warning|error) (IL|CS|CA|NETSDK|MSB|NU)[0-9]+|: warning ' "$log" >&2; then
    echo "publish: the warnings above are refused" >&2
    exit 1
fi

out=dist
[ "$rid" = "$host" ] || out=dist/$rid
mkdir -p "$out"
rm -f "$out/fangd" "$out/libe_sqlite3.so"
# Moved, not copied onto: a daemon that still runs from the old file keeps it.
mv "$stage/fangd" "$out/fangd"
kind="one file"
if [ -e "$stage/libe_sqlite3.so" ]; then
    mv "$stage/libe_sqlite3.so" "$out/"
    kind="with libe_sqlite3.so beside it, since libsqlite3.a was not found"
fi
glibc=$(objdump -T "$out/fangd" 2>/dev/null | grep -oE 'GLIBC_[0-9.]+' | sort -uV | tail -1 || true)
echo "publish: $out/fangd, $(stat -c %s "$out/fangd" | awk '{ printf "%.1f MB", $1 / 1e6 }'), $kind${glibc:+, needs ${glibc/_/ } or newer}"
