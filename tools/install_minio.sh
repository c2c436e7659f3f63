#!/usr/bin/env bash
# install_minio.sh: builds MinIO, which the tests of the object store start, and its client mc, once, into
# ~/.cache/watchword-tests. It takes some minutes and needs Go and the network; without them the tests say that they
# were skipped.
set -euo pipefail
folder=$HOME/.cache/watchword-tests

for program in minio@v0.0.0-20260212201848-7aac2a2c5b7c mc@v0.0.0-20250313080218-cf909e1063a9; do
    [ -x "$folder/${program%@*}" ] && continue
    mkdir -p "$folder"
    if ! command -v go >/dev/null || ! GOBIN=$folder nice go install "github.com/minio/$program"; then
        echo "!!! ${program%@*} cannot be built: what needs it is not tested" >&2
    fi
done
