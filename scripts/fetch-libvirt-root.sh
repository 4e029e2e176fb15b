#!/usr/bin/env bash
# Makes the root file system in which `npm run test:libvirt` runs libvirt: Debian 13 with libvirt's node device driver, udev and
# mdevctl, in .cache/libvirt/root. About 215 MB and half a minute, once. Needs root and the package mmdebstrap.
set -euo pipefail
cd "$(dirname "$0")/.."

cache=.cache/libvirt
packages=libvirt-daemon-driver-nodedev,libvirt-clients,mdevctl,udev

fail() {
  echo "fetch-libvirt-root: $*" >&2
  exit 1
}

[ ! -e "$cache/complete" ] || exit 0

[ "$(id -u)" = 0 ] || fail "only root can make a root file system"
command -v mmdebstrap >/dev/null || fail "mmdebstrap is not there: install the package mmdebstrap"
site=${DEBIAN_SITE:-$(apt-get indextargets --format '$(SITE)' 'Created-By: Packages' | grep -m1 '/debian/*$' || true)}
[ -n "$site" ] || fail "apt does not know where Debian's packages are: run apt-get update first, or set DEBIAN_SITE"

echo "fetch-libvirt-root: making a root file system with libvirt in $cache (once)" >&2
rm -rf "$cache"
mkdir -p "$cache"
mmdebstrap --variant=apt --include="$packages" trixie "$cache/root" "$site" >"$cache/fetch.log" 2>&1 || {
  tail -n 3 "$cache/fetch.log" >&2
  fail "mmdebstrap failed, the whole output is in $cache/fetch.log"
}
touch "$cache/complete"
