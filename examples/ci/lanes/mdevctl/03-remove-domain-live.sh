# a domain leaves a guest that runs, and the guest keeps the others
uuid=7a2c1d3e-0003-4c58-9b1e-5f0c0a6d0003
mdev=/sys/bus/mdev/devices/$uuid
echo $uuid >/sys/class/mdev_bus/matrix/mdev_supported_types/vfio_ap-passthrough/create
echo 5 >$mdev/assign_adapter
echo 4 >$mdev/assign_domain
echo 0x47 >$mdev/assign_domain
$APMATRIX lab event --name "$LAB" start g1 $uuid
echo 0x47 >$mdev/unassign_domain
[ "$(cat $mdev/guest_matrix)" = 05.0004 ]
[ "$(cat /sys/bus/ap/devices/05.0004/status)" = "in use" ]
[ "$(cat /sys/bus/ap/devices/05.0047/status)" = unassigned ]
$APMATRIX lab event --name "$LAB" stop g1 $uuid
echo 1 >$mdev/remove
