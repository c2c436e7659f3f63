#!/usr/bin/env bash
# install_packages.sh build|test|all: installs the Debian packages that are missing, as root or with sudo. Asks for
# nothing when everything is there.
set -euo pipefail

build=(clang-19 lld-19 cmake ninja-build pkg-config ccache npm
    libboost1.81-dev libboost-json1.81-dev libboost-url1.81-dev
    libssl-dev libsqlite3-dev libcurl4-openssl-dev libunistring-dev libargon2-dev libcrypt-dev libhiredis-dev libpq-dev
    libspdlog-dev libfmt-dev libcli11-dev gzip)
test=(libclang-rt-19-dev llvm-19 libgtest-dev libgmock-dev clang-format-19
    python3 python3-pytest python3-pytest-xdist python3-httpx python3-passlib python3-bcrypt curl redis-server postgresql pgbouncer openssl nginx-light locales)
all=(clang-tidy-19 wrk chromium nodejs strace)

case "${1:-}" in
build) wanted=("${build[@]}") ;;
test) wanted=("${build[@]}" "${test[@]}") ;;
all) wanted=("${build[@]}" "${test[@]}" "${all[@]}") ;;
*) echo "usage: $0 build|test|all" >&2; exit 2 ;;
esac
if command -v npm >/dev/null; then
    # Node.js often comes from elsewhere, and Debian's npm would then pull in a second one.
    wanted=("${wanted[@]/#npm/}")
fi

missing=()
for package in "${wanted[@]}"; do
    [ -z "$package" ] && continue
    status=$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null || true)
    [ "$status" = installed ] || missing+=("$package")
done
[ ${#missing[@]} -eq 0 ] && exit 0

echo "Installing ${missing[*]}"
as_root=()
if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null || { echo "These packages are missing and neither root nor sudo is at hand: ${missing[*]}" >&2; exit 1; }
    as_root=(sudo)
fi
export DEBIAN_FRONTEND=noninteractive
"${as_root[@]}" apt-get update -qq
"${as_root[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
