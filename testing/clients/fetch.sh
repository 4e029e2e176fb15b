#!/usr/bin/env bash
# Fetches the tools that the tests of src/testing/clients run on a lab: lszcrypt, chzcrypt, chzdev and lszdev for s390x with the user-mode
# emulator, and mdevctl 1.4 with the C library it needs, all from Debian's packages. Nothing is installed: they are unpacked into
# .cache/clients (APMATRIX_CLIENTS says another place). Does nothing if they are there.
set -euo pipefail
cd "$(dirname "$0")/../.."

clients=${APMATRIX_CLIENTS:-.cache/clients}
[ ! -e "$clients/complete" ] || exit 0

echo "fetch: s390-tools, an emulator and mdevctl into $clients (once)" >&2
rm -rf "$clients"
sh examples/ci/fetch-packages.sh "$clients/s390x" s390x s390-tools libc6 libjson-c5
sh examples/ci/fetch-packages.sh "$clients/amd64" amd64 qemu-user mdevctl libc6 libgcc-s1
# Emulators of all other machines are most of what was fetched.
find "$clients/amd64/usr/bin" -name 'qemu-*' ! -name qemu-s390x -delete
touch "$clients/complete"
