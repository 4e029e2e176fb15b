#!/bin/sh
# tp-libvirt-nested.sh LAB GUEST MDEV APQN
# What tp-libvirt does to see that a queue comes to a guest that runs and leaves it again, in our own words. It looks at a guest of
# that guest, because in an LPAR the cards must not be changed. Facts from libvirt_ap_passthrough_hotplug.py (2022) of tp-libvirt,
# in libvirt/tests/src/passthrough/ap: the guest runs with an MDEV that is empty; it scans every 5 seconds, and makes an mdev of its own
# with a queue that is not there yet. The host assigns adapter, domain and control domain, and after 5 seconds the guest's mdev has the
# queue in guest_matrix; the host unassigns all three, and it has none. Commands of the guest are those of
# provider/vfio/ap.py there: chzdev, mdevctl.
# APMATRIX is the program; chzcrypt, chzdev and mdevctl are on PATH. Prints what guest_matrix held. With REFRESH=0 the
# guest is told to scan, and nothing waits.
set -eu
lab=$1 guest=$2 mdev=$3 apqn=$4
adapter=0x${apqn%.*} domain=0x${apqn#*.}
inner=$(cat /proc/sys/kernel/random/uuid)
host() { "$APMATRIX" lab exec --name "$lab" -- "$@"; }
inside() { "$APMATRIX" lab exec --name "$lab" --guest "$guest" -- "$@"; }

refresh=${REFRESH:-5}
[ "$refresh" = 0 ] || inside chzcrypt -c "$refresh"
inside chzdev -t ap "apmask=-$((adapter))" "aqmask=-$((domain))"
inside mdevctl define -p matrix -t vfio_ap-passthrough -u "$inner"
inside mdevctl modify -u "$inner" --addattr assign_adapter --value "$adapter"
inside mdevctl modify -u "$inner" --addattr assign_domain --value "$domain"
inside mdevctl start -u "$inner"

# matrix_is TEXT: in the guest's mdev, after the time that its bus has to notice.
matrix_is() {
  found=$(inside cat "/sys/devices/vfio_ap/matrix/$inner/guest_matrix")
  echo "guest_matrix '$found'"
  [ "$found" = "$1" ] || {
    echo "tp-libvirt-nested: expected '$1', found '$found'" >&2
    exit 1
  }
}
matrix_is ''
for verb in assign unassign; do
  host sh -c "cd /sys/devices/vfio_ap/matrix/$mdev && echo $adapter >${verb}_adapter && echo $domain >${verb}_domain && echo $domain >${verb}_control_domain"
  if [ "$refresh" = 0 ]; then inside sh -c 'echo 1 >/sys/bus/ap/scans'; else sleep $((refresh + 1)); fi
  if [ $verb = assign ]; then matrix_is "$apqn"; else matrix_is ''; fi
done

inside mdevctl stop -u "$inner"
inside mdevctl undefine -u "$inner"
inside chzdev -t ap apmask=0-255 aqmask=0-255
