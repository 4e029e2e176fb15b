#!/usr/bin/env bash
# Fetches Debian's Node for s390x with all that it needs, and the user-mode emulator, into .cache/s390x. Nothing is installed.
# It is Node 20 of Debian 13, or a later one where the mirror does not hold that. Does nothing if it is there.
set -euo pipefail
cd "$(dirname "$0")/../.."

cache=.cache/s390x
[ ! -e "$cache/complete" ] || exit 0

echo "fetch-node: Node for s390x and an emulator into $cache (once)" >&2
rm -rf "$cache"
sh examples/ci/fetch-packages.sh --with-dependencies "$cache/s390x" s390x nodejs
sh examples/ci/fetch-packages.sh "$cache/amd64" amd64 qemu-user
# Emulators of all other machines are most of what was fetched.
find "$cache/amd64/usr/bin" -name 'qemu-*' ! -name qemu-s390x -delete
touch "$cache/complete"
