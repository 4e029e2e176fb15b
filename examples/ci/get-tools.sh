#!/bin/sh
# get-tools.sh [DIR]      as root, on Debian 13
# Installs what the tests of lanes/ use, and Node for apmatrix itself. The tools of s390-tools exist for s390x only: they are
# unpacked into DIR (default: tools, beside this script) and run by the user-mode emulator; see bin/.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
out=${1:-$here/tools}

export DEBIAN_FRONTEND=noninteractive
apt-get -qq update
apt-get -qq install --yes --no-install-recommends nodejs npm mdevctl qemu-user perl-base udev util-linux mount >/dev/null
sh "$here/fetch-packages.sh" "$out/s390x" s390x s390-tools libc6 libjson-c5
