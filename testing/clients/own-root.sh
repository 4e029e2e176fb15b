#!/bin/sh
# own-root.sh [--root ROOT] DIRECTORY SYS [SOURCE TARGET]... -- COMMAND [ARGUMENT]...   as root, in a mount namespace of its own
# Runs a command in a root file system that is put together in DIRECTORY: the programs of this machine, read-only; an empty /etc,
# /run, /tmp and /var; SYS as /sys; and each directory SOURCE as TARGET. Nothing of the machine's settings is seen or
# changed. With --root the programs are those of another root file system, which gives copies of its /etc and /var, too.
set -eu
root=
if [ "$1" = --root ]; then
  root=$2
  shift 2
fi
directory=$1 sys=$2
shift 2

mount -t tmpfs none "$directory"
cd "$directory"
if [ -n "$root" ]; then cp -a "$root/etc" "$root/var" .; fi
mkdir -p usr etc run/lock run/udev tmp proc dev sys var/lib var/log var/cache
[ -e var/run ] || ln -s /run var/run
mount --rbind "$root/usr" usr
mount -o remount,bind,ro usr
for name in bin sbin lib lib64; do [ ! -L "$root/$name" ] || cp -P "$root/$name" "$name"; done
if [ -z "$root" ]; then
  # Some programs are links to /etc/alternatives.
  for name in ld.so.cache passwd group nsswitch.conf alternatives; do [ ! -e "/etc/$name" ] || cp -RP "/etc/$name" etc; done
fi
mount --rbind /proc proc
mount --rbind /dev dev
mount --bind "$sys" sys

while [ "$1" != -- ]; do
  mkdir -p "$directory$2"
  mount --bind "$1" "$directory$2"
  shift 2
done
shift
exec chroot . "$@"
