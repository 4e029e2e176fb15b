#!/bin/sh
# get-tools.sh [DIR]      as root, on Debian 13
# Installs what the tests of lanes/ use, and Node for apmatrix itself. The tools of s390-tools exist for s390x only: they are
# unpacked into DIR (default: tools, beside this script) and run by the user-mode emulator; see bin/.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
out=${1:-$here/tools}

export DEBIAN_FRONTEND=noninteractive
dpkg --add-architecture s390x
apt-get -qq update
apt-get -qq install --yes --no-install-recommends nodejs npm mdevctl qemu-user perl-base udev util-linux mount >/dev/null

mkdir -p "$out/packages" "$out/s390x/usr/lib"
cd "$out/packages"
apt-get -qq download s390-tools:s390x libc6:s390x libjson-c5:s390x
for package in *.deb; do dpkg-deb --extract "$package" "$out/s390x"; done
ln -sfn usr/lib "$out/s390x/lib"
