#!/bin/sh
# In the root with libvirt and in the lab's network namespace: starts udevd and libvirtd, waits until libvirt has found the matrix
# device, and becomes a shell that reads commands. What the two print is in /run.
set -eu
export PATH=/usr/sbin:/usr/bin LIBVIRT_DEFAULT_URI=nodedev:///system
mkdir -p /run/libvirt /etc/mdevctl.d/scripts.d/callouts /etc/mdevctl.d/scripts.d/notifiers
mkdir -p /var/lib/libvirt /var/log/libvirt /var/cache/libvirt
/usr/lib/systemd/systemd-udevd </dev/null >/run/udevd.log 2>&1 &
libvirtd --timeout 600 </dev/null >/run/libvirtd.log 2>&1 &
for _ in $(seq 150); do
  if virsh nodedev-info ap_matrix </dev/null >/dev/null 2>&1; then exec sh; fi
  sleep 0.1
done
echo "libvirt does not find the matrix device:" >&2
cat /run/libvirtd.log >&2
exit 1
