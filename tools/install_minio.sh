#!/usr/bin/env bash
# install_minio.sh: builds the MinIO that the tests of the object store start, once, into ~/.cache/watchword-tests.
# It takes some minutes and needs Go and the network; without them the tests say that they were skipped.
set -euo pipefail
version=v0.0.0-20260212201848-7aac2a2c5b7c
folder=$HOME/.cache/watchword-tests
[ -x "$folder/minio" ] && exit 0
command -v go >/dev/null || { echo "!!! There is no Go to build MinIO with: what needs it is not tested" >&2; exit 0; }
mkdir -p "$folder"
GOBIN=$folder nice go install "github.com/minio/minio@$version" ||
    echo "!!! MinIO cannot be built: what needs it is not tested" >&2
