# every card and queue is listed, online
# needs: lszcrypt
lszcrypt >list
cat list
grep '^01 .* CEX8C CCA-Coproc  online' list
[ "$(grep -c '^0[12]\.00.. .* online' list)" = 6 ]
