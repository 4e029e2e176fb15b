#!/usr/bin/env bash
# Fetches the tools that the tests of src/testing/clients run on a lab: lszcrypt, chzcrypt, chzdev and lszdev for s390x with the user-mode
# emulator, and mdevctl, all as Debian's packages have them. Nothing is installed; they lie in .cache/clients (APMATRIX_CLIENTS says
# another place), beside the scripts that run them. Does nothing when they are there.
set -euo pipefail
cd "$(dirname "$0")/.."

shared=$(realpath -m "${APMATRIX_SHARED:-../shared}")
clients=${APMATRIX_CLIENTS:-.cache/clients}

fail() {
  echo "fetch-clients: $*" >&2
  exit 1
}

[ ! -e "$clients/complete" ] || exit 0

for tool in dpkg-deb apt-get; do
  command -v "$tool" >/dev/null || fail "$tool is not there: the tools come from Debian's packages, so this works on Debian and its kin only"
done
[ -e "$shared/clients/get-clients.sh" ] ||
  fail "$shared/clients/get-clients.sh is not there: it fetches the tools (set APMATRIX_SHARED to the folder with clients/)"
[ -n "${DEBIAN_SITE:-$(apt-get indextargets --format '$(SITE)' 'Created-By: Packages')}" ] ||
  fail "apt does not know where Debian's packages are: run apt-get update first, or set DEBIAN_SITE"

echo "fetch-clients: fetching s390-tools, an emulator and mdevctl into $clients (once)" >&2
rm -rf "$clients"
mkdir -p "$clients"
sh "$shared/clients/get-clients.sh" "$clients" >"$clients/fetch.log" 2>&1 || {
  tail -n 3 "$clients/fetch.log" >&2
  fail "fetching Debian's packages failed, the whole output is in $clients/fetch.log"
}
# The scripts stay with the tools that they run.
mkdir "$clients/scripts"
cp "$shared"/clients/*.sh "$clients/scripts/"
chmod -R u+w "$clients/scripts"
# Emulators for all other machines, and packages that are unpacked by now: most of what was fetched.
find "$clients/amd64/usr/bin" -name 'qemu-*' ! -name 'qemu-s390x*' -delete
rm -rf "$clients"/.apt-*
touch "$clients/complete"
