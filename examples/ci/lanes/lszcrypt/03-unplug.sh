# a domain that the machine loses is gone, and comes back
# needs: lszcrypt
$APMATRIX lab event --name "$LAB" machine loses domain 0010
$APMATRIX lab event --name "$LAB" scan
if lszcrypt -V | grep '\.0010'; then exit 1; fi
$APMATRIX lab event --name "$LAB" machine gains domain 0010
$APMATRIX lab event --name "$LAB" scan
lszcrypt -V | grep '^01\.0010 .* online'
