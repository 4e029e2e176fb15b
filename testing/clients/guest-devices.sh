#!/bin/sh
# guest-devices.sh [APQN...]
# What end-to-end tests look at inside a guest, those of the CEX DRA driver and of KubeVirt, in our own words: the names of queues in
# /sys/bus/ap/devices are these, and no others. Runs in lab exec --guest.
set -eu
names=$(ls /sys/bus/ap/devices)
found=$(echo "$names" | grep -x '[0-9a-f]\{2\}\.[0-9a-f]\{4\}' | sort | tr '\n' ' ' || true)
expected=$(for apqn; do echo "$apqn"; done | sort | tr '\n' ' ')
if [ "$found" != "$expected" ]; then
  echo "guest-devices: expected ${expected:-none}, found ${found:-none}" >&2
  exit 1
fi
