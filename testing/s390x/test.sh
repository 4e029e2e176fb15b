#!/usr/bin/env bash
# The big-endian test: Debian's Node for s390x (fetch-node.sh), run by the user-mode emulator, runs the unit tests of numbers, masks and
# the FUSE protocol, counts a small host with the checker, and plays a sample of the recorded traces.
set -euo pipefail
cd "$(dirname "$0")/../.."

cache=.cache/s390x

# All hand-written traces, and of each random kind the first ones: the emulator takes about a minute for them.
traces=(conformance/traces/s*.jsonl conformance/traces/mix*)
sample() { # KIND COUNT
  local of_kind=(conformance/traces/r-"$1"-*)
  traces+=("${of_kind[@]:0:$2}")
}
sample small 20
sample medium 12
sample full 6
sample fullone 2

fail() {
  echo "test:s390x: $*" >&2
  exit 1
}

node() {
  QEMU_LD_PREFIX=$PWD/$cache/s390x "$cache/amd64/usr/bin/qemu-s390x" "$cache/s390x/usr/bin/node" "$@"
}

machine=$(node --print '`${process.arch} ${os.endianness()} Node ${process.versions.node}`') ||
  fail "the emulated Node does not start; remove $cache to fetch it again"
echo "test:s390x: $machine"
[[ $machine == "s390x BE "* ]] || fail "this is not a big-endian s390x"

# One process each: the runner of node:test would start its children without the emulator.
for test in src/system/ap/*.test.ts src/system/sysfs/*-grammar.test.ts src/lab/fuse/{frames,node-table,fuse-server,fuse-server-faults}.test.ts; do
  compiled=dist/${test#src/}
  compiled=${compiled%.ts}.js
  if output=$(node --test-reporter=dot "$compiled" 2>&1); then
    echo "test:s390x: $test passes"
  else
    echo "$output" >&2
    fail "$test fails on a big-endian machine"
  fi
done

# States, hashes and tables are words of 32 bits, so the other byte order makes no difference.
for workers in 1 2; do
  counts=$(node bin/apmatrix.mjs check --model reference --host 2x2x1 --workers "$workers" --format json 2>/dev/null) || true
  [[ $counts == '{"states":32684,"transitions":302404,"depth":25,'* ]] ||
    fail "the checker counts otherwise on a big-endian machine with $workers worker(s): $counts"
done
echo "test:s390x: the checker counts 32684 states with 1 and 2 workers"

echo "test:s390x: playing ${#traces[@]} traces"
summary=$(node bin/apmatrix.mjs play "${traces[@]}") || {
  echo "$summary" >&2
  fail "playing the traces ended with an error"
}
summary=${summary##*$'\n'}
echo "test:s390x: $summary"
[[ $summary =~ ^${#traces[@]}\ traces,\ [1-9][0-9]*\ operations,\ 0\ differences$ ]] ||
  fail "not every trace was played without a difference"
