#!/usr/bin/env bash
# Analysis: clang-tidy, the thread sanitizer, the fuzz targets. `./test --all` runs it.
set -euo pipefail
cd "$(dirname "$0")/.."

step() { printf '\n== %s\n' "$1"; }

step "clang-tidy"
# Precompiled headers are the compiler's own; clang-tidy reads the headers themselves.
cmake --preset dev --log-level=WARNING -DWATCHWORD_TESTS=OFF -DCMAKE_DISABLE_PRECOMPILE_HEADERS=ON
cmake --build --preset dev --target docs_files sqlite postgres rate_limits -- -k 0 >/dev/null
git ls-files 'src/*.cpp' | grep -v -e '_test\.cpp$' -e runtime/asio.cpp >build/dev/tidy_files
xargs -P "$(nproc)" -n 4 clang-tidy-19 -p build/dev --quiet --warnings-as-errors='*' <build/dev/tidy_files >build/dev/tidy.log 2>&1 ||
    { grep -v -e 'warnings generated' -e '^Suppressed' -e 'Processing file' build/dev/tidy.log; exit 1; }

step "Thread sanitizer"
cmake --preset tsan --log-level=WARNING
cmake --build --preset tsan
TSAN_OPTIONS="suppressions=$PWD/tools/tsan.supp halt_on_error=1" ctest --test-dir build/tsan --output-on-failure

step "Fuzz targets"
tools/fuzz.sh
