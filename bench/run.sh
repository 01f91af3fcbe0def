#!/usr/bin/env bash
# Drives the published binary against an instant model on loopback and prints one JSON document with min, median and max of each
# measurement; ends with 1 when a limit of bench/budget.json is broken. Progress goes to standard error.
#   bench/run.sh             two to three minutes
#   bench/run.sh --smoke     half a minute: fewer and shorter runs, and limits on times three times as wide, since CI is noisy
#   bench/run.sh --only empty|mcp|messages|session|agents|recall
# FANGD_BIN names the binary; dist/fangd without it.
set -euo pipefail
cd "$(dirname "$0")/.."
binary=${FANGD_BIN:-dist/fangd}
[ -x "$binary" ] || { echo "bench: $binary is not there; run scripts/publish.sh first" >&2; exit 2; }
# Each stream is four sockets: two of the daemon's, one of the model's, one of the load generator's.
ulimit -n "$(ulimit -Hn)"
dotnet build bench/Fangd.Bench -c Release -v quiet -nologo -clp:ErrorsOnly >&2
exec bench/Fangd.Bench/bin/Release/net9.0/Fangd.Bench --binary "$binary" --budget bench/budget.json "$@"
