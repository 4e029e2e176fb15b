# a card in standby shows as deconfigured, and cannot be switched on
# needs: lszcrypt chzcrypt
chzcrypt --config-off 01
chzcrypt -e 01
lszcrypt 01 | grep '^01 .* deconfig'
chzcrypt --config-on 01
lszcrypt 01 | grep '^01 .* online'
