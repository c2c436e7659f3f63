#!/usr/bin/env bash
# What takes its time: clang-tidy, the thread sanitizer, the fuzz targets. `./test --all` runs it.
set -euo pipefail
cd "$(dirname "$0")/.."

step() { printf '\n== %s\n' "$1"; }

step "clang-tidy"
# Precompiled headers are the compiler's own; clang-tidy reads the headers themselves.
cmake --preset dev --log-level=WARNING -DWATCHWORD_TESTS=OFF -DCMAKE_DISABLE_PRECOMPILE_HEADERS=ON
cmake --build --preset dev --target docs_files sqlite -- -k 0 >/dev/null
git ls-files 'src/*.cpp' | grep -v '_test\.cpp$' | grep -v -e runtime/asio.cpp -e docs_files.cpp |
    xargs -P "$(nproc)" -n 8 clang-tidy-19 -p build/dev --quiet --warnings-as-errors='*' 2>&1 |
    grep -v -e 'warnings generated' -e '^Suppressed' -e '^Use -header-filter' || true
test "${PIPESTATUS[1]}" = 0

step "Thread sanitizer"
cmake --preset tsan --log-level=WARNING
cmake --build --preset tsan
TSAN_OPTIONS="suppressions=$PWD/tools/tsan.supp halt_on_error=1" ctest --test-dir build/tsan --output-on-failure

step "Fuzz targets"
tools/fuzz.sh
