#!/usr/bin/env bash
# Makes the root file system in which `npm run test:libvirt` runs libvirt: Debian 13 with libvirt's node device driver, udev and
# mdevctl, in .cache/libvirt/root. About 215 MB and half a minute, once. Needs root and the package mmdebstrap.
set -euo pipefail
cd "$(dirname "$0")/../.."

cache=.cache/libvirt
packages=libvirt-daemon-driver-nodedev,libvirt-clients,mdevctl,udev

fail() {
  echo "fetch-root: $*" >&2
  exit 1
}

[ ! -e "$cache/complete" ] || exit 0

[ "$(id -u)" = 0 ] || fail "only root can make a root file system"
command -v mmdebstrap >/dev/null || fail "mmdebstrap is missing: install the package mmdebstrap"
site=${DEBIAN_SITE:-$(apt-get indextargets --format '$(SITE)' 'Created-By: Packages' | grep -m1 '/debian/*$' || true)}
[ -n "$site" ] || fail "apt does not know a mirror of Debian: run apt-get update, or set DEBIAN_SITE to the address of a mirror"

echo "fetch-root: a root file system with libvirt into $cache (once)" >&2
rm -rf "$cache"
mkdir -p "$cache"
mmdebstrap --variant=apt --include="$packages" trixie "$cache/root" "$site" >"$cache/fetch.log" 2>&1 || {
  # apt names the file and its address; what mmdebstrap says at the end is about itself.
  grep '^E: ' "$cache/fetch.log" | head -n 5 >&2 || tail -n 3 "$cache/fetch.log" >&2
  fail "the packages of trixie cannot be had from $site (all output: $cache/fetch.log). Try again later, or set DEBIAN_SITE to the address of another mirror"
}
touch "$cache/complete"
