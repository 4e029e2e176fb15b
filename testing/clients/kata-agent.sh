#!/bin/sh
# kata-agent.sh APQN [INDEX]
# What the agent of Kata Containers does inside a guest before it gives a queue to a container, in our own words: it lets the AP bus
# scan and waits for the uevent of the queue; in a guest for Secure Execution it binds the queue, and associates it with the secret
# INDEX. Runs in lab exec --guest --net. Prints what the queue can be used for.
set -eu
apqn=$1
index=${2:-}
limit=${LIMIT:-10} # seconds for the uevent, and for the association
device=/devices/ap/card${apqn%.*}/$apqn
heard=$(mktemp)
monitor=
trap 'rm -f "$heard"; [ -z "$monitor" ] || kill "$monitor"' EXIT
fail() {
  echo "kata-agent: $*" >&2
  exit 1
}

# until_done SECONDS TEXT COMMAND...: looks ten times a second, and fails with this text.
until_done() {
  seconds=$1 what=$2 left=$(($1 * 10))
  shift 2
  until "$@"; do
    [ "$left" -gt 0 ] || fail "$what: not within $seconds s"
    left=$((left - 1))
    sleep 0.1
  done
}

# An event is a line that begins with KERNEL, then its variables, then an empty line.
was_added() {
  awk -v path="$device" 'BEGIN { RS = "" } /\nACTION=add\n/ && index($0 "\n", "\nDEVPATH=" path "\n") { found = 1 } END { exit !found }' "$heard"
}

stdbuf -oL udevadm monitor --kernel --property --subsystem-match=ap >"$heard" &
monitor=$!
until_done 30 "udevadm listens" grep -q '^KERNEL' "$heard"

echo 1 >/sys/bus/ap/scans
until_done "$limit" "uevent add of $device" was_added
queue=/sys$device

secure=0
[ ! -e /sys/firmware/uv/prot_virt_guest ] || secure=$(cat /sys/firmware/uv/prot_virt_guest)
if [ "$secure" = 1 ]; then
  echo 1 >"$queue/se_bind"
  [ "$(cat "$queue/se_bind")" = bound ] || fail "$apqn was not bound: $(cat "$queue/se_bind")"
  if [ -n "$index" ]; then
    echo "$index" >"$queue/se_associate"
    is_associated() { [ "$(cat "$queue/se_associate")" = "associated $index" ]; }
    until_done "$limit" "association of $apqn with $index" is_associated
  fi
fi

# Without the file there is nothing to bind.
state=
[ ! -e "$queue/se_bind" ] || state=" $(cat "$queue/se_bind")"
[ "$state" != " unbound" ] || fail "$apqn is not bound, and nothing can use it"
[ "$(cat "$queue/online")" = 1 ] || fail "$apqn is offline"
echo "$apqn online$state"
