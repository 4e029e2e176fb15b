# a mediated device is defined, started, stopped and undefined
# needs: mdevctl
uuid=7a2c1d3e-0001-4c58-9b1e-5f0c0a6d0001
mdevctl define --uuid $uuid --parent matrix --type vfio_ap-passthrough
mdevctl modify --uuid $uuid --addattr assign_adapter --value 0x05
mdevctl modify --uuid $uuid --addattr assign_domain --value 0x0047
mdevctl start --uuid $uuid
[ "$(cat /sys/bus/mdev/devices/$uuid/matrix)" = 05.0047 ]
mdevctl list | grep "^$uuid matrix vfio_ap-passthrough manual (defined)"
mdevctl stop --uuid $uuid
mdevctl undefine --uuid $uuid
[ -z "$(mdevctl list)" ]
