# a queue that is left to guests moves to vfio_ap
# needs: lszcrypt
lszcrypt -V 02.0047 | grep ' online .* cex4queue'
echo -0x02 >/sys/bus/ap/apmask
lszcrypt -V 02.0047 | grep ' unassigned .* vfio_ap'
