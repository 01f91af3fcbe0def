#!/usr/bin/env bash
# Builds, checks and tests everything, as CI does. The last line is "N passed, N failed".
#   scripts/test.sh [STEP ...]      without steps: all of them, in this order:
#     build   the solution, warnings as errors
#     format  dotnet format --verify-no-changes
#     net10   the binary's projects compile for net10.0 too
#     unit    unit tests
#     api     API tests, daemon in the test's process
#     publish dist/fangd, one file, no trim or AOT warning
#     binary  API tests, against dist/fangd
#     e2e     end-to-end tests, against dist/fangd
#     bench   bench/run.sh --smoke, against dist/fangd
# A check that fails (build, format, …) counts as one failed test.
set -uo pipefail
cd "$(dirname "$0")/.."
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_SKIP_FIRST_TIME_EXPERIENCE=1 MSBUILDTERMINALLOGGER=off

steps=("$@")
[ ${#steps[@]} -gt 0 ] || steps=(build format net10 unit api publish binary e2e bench)
passed=0
failed=0
broken=()

log=$(mktemp)
trap 'rm -f "$log"' EXIT

fail() { failed=$((failed + 1)); broken+=("$1"); }

finish() {
    [ ${#broken[@]} -eq 0 ] || echo "failed: ${broken[*]}"
    echo "$passed passed, $failed failed"
    [ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
    exit
}

# Runs a command that either works or does not; its output is shown only when it does not.
check() {
    local name=$1
    shift
    if "$@" >"$log" 2>&1 </dev/null; then
        # What was measured is worth reading also when all is well.
        case $name in publish | bench) grep -E '^(publish: dist|  [a-z0-9_]+  )' "$log" ;; esac
        return 0
    fi
    tail -n 80 "$log"
    fail "$name"
    return 1
}

# Runs a test program (xunit v3 tests are programs) and adds up what its summary says.
suite() {
    local name=$1 project=$2
    shift 2
    local program=tests/$project/bin/Release/net9.0/$project
    if [ ! -x "$program" ]; then
        echo "$program is not there: run the step build first"
        fail "$name"
        return
    fi
    # A suite that hangs must not take CI's whole time with it.
    env "$@" timeout --kill-after=10 900 "$program" -noLogo -noColor -longRunning 60 2>&1 </dev/null | tee "$log" | grep -vE '^ +(Discover|Start|Finish)' || true
    local status=${PIPESTATUS[0]} summary
    summary=$(grep -oE 'Total: [0-9]+, Errors: [0-9]+, Failed: [0-9]+, Skipped: [0-9]+, Not Run: [0-9]+' "$log" | tail -n 1)
    if [ -z "$summary" ]; then
        echo "$name: ended with $status and without a summary"
        fail "$name"
        return
    fi
    local total errors faults skipped unrun
    read -r total errors faults skipped unrun <<<"$(tr -dc '0-9 \n' <<<"${summary//,/ }")"
    local bad=$((errors + faults))
    # A run that ends badly without naming a test, or that found none to run, has not passed.
    [ "$bad" -gt 0 ] || { [ "$status" -eq 0 ] && [ "$total" -gt 0 ]; } || bad=1
    passed=$((passed + total - faults - skipped - unrun))
    failed=$((failed + bad))
    [ "$bad" -eq 0 ] || broken+=("$name")
}

one_file() {
    scripts/publish.sh && [ "$(find dist -type f | wc -l)" -eq 1 ] && ! ldd dist/fangd | grep -i sqlite
}

install_npm_packages() {
    git ls-files '*package-lock.json' | while read -r lock; do
        npm ci --prefix "$(dirname "$lock")" --no-audit --no-fund --loglevel=error || return 1
    done
}

binary=(FANGD_BIN="$PWD/dist/fangd")
scripts/setup.sh || { fail setup; finish; }

for step in "${steps[@]}"; do
    begun=$SECONDS
    echo "== $step"
    case $step in
        build) check build dotnet build fangd.sln -c Release -v quiet -nologo || finish ;;
        # As Release, which is what the generators of source were built as.
        format) check format env Configuration=Release dotnet format fangd.sln --verify-no-changes --no-restore -v minimal ;;
        # Its own output folder: the two frameworks' restores would overwrite each other.
        net10) check net10 dotnet build src/Fangd -c Release -v quiet -nologo -p:FangdFramework=net10.0 -p:RunAnalyzers=false --artifacts-path "$PWD/artifacts/net10" ;;
        unit) suite unit Fangd.UnitTests ;;
        api) suite api Fangd.ApiTests -u FANGD_BIN ;;
        publish) check publish one_file || finish ;;
        binary) suite binary Fangd.ApiTests "${binary[@]}" ;;
        e2e) check npm install_npm_packages && suite e2e Fangd.EndToEnd "${binary[@]}" FANGD_REQUIRE_BROWSER=1 ;;
        bench) check bench env "${binary[@]}" timeout --kill-after=10 600 bench/run.sh --smoke ;;
        *) sed -n '2,14s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
    esac
    echo "   $step: $((SECONDS - begun)) s"
done
finish
