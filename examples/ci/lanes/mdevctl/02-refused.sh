# a queue that the host keeps cannot be assigned, and nothing is left of the try
# needs: mdevctl
uuid=7a2c1d3e-0002-4c58-9b1e-5f0c0a6d0002
echo '{"mdev_type":"vfio_ap-passthrough","start":"manual","attrs":[{"assign_adapter":"4"},{"assign_domain":"4"}]}' >refused.json
if mdevctl start --uuid $uuid --parent matrix --jsonfile refused.json 2>errors; then exit 1; fi
cat errors
grep 'os error 99' errors
[ -z "$(ls /sys/bus/mdev/devices)" ]
