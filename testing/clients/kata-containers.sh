#!/bin/sh
# What the functional test of Kata Containers for vfio_ap does to a host, in our own words: it takes the last queue that lszcrypt
# lists from the host, makes an mdev with it and reads what the container runtime reads; then it gives all back.
# Runs in lab exec, with lszcrypt on PATH. Prints the queue and the mdev's IOMMU group.
set -eu
fail() {
  echo "kata-containers: $*" >&2
  exit 1
}
matrix=/sys/devices/vfio_ap/matrix

apqn=$(lszcrypt | awk 'END { print $1 }')
echo "$apqn" | grep -qx '[0-9a-f]\{2\}\.[0-9a-f]\{4\}' || fail "the last line of lszcrypt begins with '$apqn', not with a queue"
adapter=0x${apqn%.*} domain=0x${apqn#*.}

# A mask takes a number with a sign as a change of one bit.
echo "-$adapter" >/sys/bus/ap/apmask
echo "-$domain" >/sys/bus/ap/aqmask
lszcrypt --verbose | grep -q "^$apqn .* vfio_ap" || fail "$apqn was not bound to vfio_ap"

uuid=$(cat /proc/sys/kernel/random/uuid)
mdev=$matrix/$uuid
echo "$uuid" >$matrix/mdev_supported_types/vfio_ap-passthrough/create
[ -L "$mdev/iommu_group" ] || fail "the mdev has no link to its iommu_group"
[ -z "$(cat "$mdev/matrix")" ] || fail "a new mdev has a matrix already"
echo "$adapter" >"$mdev/assign_adapter"
echo "$domain" >"$mdev/assign_domain"
[ "$(cat "$mdev/matrix")" = "$apqn" ] || fail "the matrix is '$(cat "$mdev/matrix")', not $apqn"

# The runtime gets from the number of the group to the device.
group=$(basename "$(readlink "$mdev/iommu_group")")
device=$(readlink -f "/sys/kernel/iommu_groups/$group/devices/$uuid")
[ "$device" = "$mdev" ] || fail "group $group leads to $device"

echo 1 >"/sys/bus/mdev/devices/$uuid/remove"
[ ! -e "$mdev" ] || fail "the mdev is still there after its removal"
for mask in apmask aqmask; do echo "0x$(printf 'f%.0s' $(seq 64))" >/sys/bus/ap/$mask; done
lszcrypt | grep -q "^$apqn " || fail "$apqn did not come back to the host"
echo "$apqn $group"
