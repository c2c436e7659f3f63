#!/usr/bin/env bash
# fuzz.sh [SECONDS]: builds the fuzz targets and runs each for so long (default 20). What a target finds stays in
# build/fuzz/findings/.
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=${1:-20}

cmake --preset fuzz --log-level=WARNING
cmake --build --preset fuzz
mkdir -p build/fuzz/findings
for target in build/fuzz/tests/fuzz/fuzz_*; do
    name=$(basename "$target")
    corpus=build/fuzz/corpus/$name
    mkdir -p "$corpus"
    printf '%s: ' "$name"
    "$target" "$corpus" -max_total_time="$seconds" -max_len=4096 -timeout=5 -artifact_prefix=build/fuzz/findings/"$name"- \
        >"build/fuzz/$name.log" 2>&1 || { tail -n 40 "build/fuzz/$name.log"; exit 1; }
    grep -E '^Done|stat::number_of_executed_units' "build/fuzz/$name.log" | tail -n 1
done
