#!/bin/sh
# tp-libvirt.sh APQN
# What the tests of tp-libvirt and avocado for vfio_ap do to a host, in our own words: chzdev takes a queue from the host, mdevctl
# defines, fills, starts and lists an mdev with it; then all is undone. Prints what the tools print.
# Runs in lab exec, with chzcrypt, chzdev, lszdev and mdevctl on PATH.
set -eu
apqn=$1
adapter=0x${apqn%.*} domain=0x${apqn#*.}

chzcrypt -c 5
chzdev -t ap "apmask=-$((adapter))" "aqmask=-$((domain))"
lszdev -t ap -i

uuid=$(cat /proc/sys/kernel/random/uuid)
mdevctl define -p matrix -t vfio_ap-passthrough -u "$uuid"
mdevctl modify -u "$uuid" --auto
mdevctl modify -u "$uuid" --addattr assign_adapter --value "$adapter"
mdevctl modify -u "$uuid" --addattr assign_domain --value "$domain"
mdevctl start -u "$uuid"
[ "$(cat "/sys/bus/mdev/devices/$uuid/matrix")" = "$apqn" ]
mdevctl list
mdevctl stop -u "$uuid"
mdevctl undefine -u "$uuid"

chzdev -t ap apmask=0-255 aqmask=0-255
