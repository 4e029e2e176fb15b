#!/bin/sh
# run.sh [RESULTS]      as root, or where an ordinary user may make namespaces
# Runs the tests of lanes/, each lane on a lab of its own, all lanes at the same time. A lane is a directory: host.yaml says which
# machine it is, and the *.sh beside it are its tests, run in the order of their names inside `lab exec`, so that /sys is the lab.
# A test passes when it ends with 0; its first line says what it shows. Results go to RESULTS (default: results) as results.tap
# (TAP 13) and results.xml (JUnit). Ends with 0 when every test has passed.
#
# APMATRIX   the command that runs apmatrix (default: apmatrix)
# LIMIT      seconds that one test may take (default: 60)
set -u
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "${1:-results}" || exit 1
results=$(cd "${1:-results}" && pwd)
# The tests call it by this name, too.
export APMATRIX="${APMATRIX:-apmatrix}"
limit=${LIMIT:-60}
work=$(mktemp -d)
export PATH="$here/bin:$PATH"

# Labs of other jobs on this machine are elsewhere.
export APMATRIX_RUN="$work/run"
trap 'stop_labs; rm -rf "$work"' EXIT
trap 'exit 1' INT TERM

stop_labs() {
  for log in "$work"/*/lab.log; do
    [ ! -e "$log" ] || $APMATRIX lab down --name "$(basename "$(dirname "$log")")" >/dev/null 2>&1
  done
}

now() { date +%s%3N; }

# One line for each test: number, lane, ok or not, milliseconds, title. What it printed lies beside it.
record() { # LANE NUMBER CODE MILLISECONDS TITLE
  verdict=ok
  [ "$3" = 0 ] || verdict="not ok"
  printf '%s\t%s\t%s\t%s\n' "$2" "$verdict" "$4" "$5" >>"$work/$1/tests"
}

run_lane() { # LANE
  lane=$1
  mkdir -p "$work/$lane/sys"
  cd "$work/$lane" || exit 1
  : >lab.log
  $APMATRIX lab up "$here/lanes/$lane/host.yaml" --name "$lane" --mount "$work/$lane/sys" >"$work/$lane/lab.log" 2>&1 &
  lab=$!
  until grep -q 'ready:' "$work/$lane/lab.log"; do
    kill -0 "$lab" 2>/dev/null || break
    sleep 0.1
  done
  number=0
  for test in "$here/lanes/$lane"/*.sh; do
    number=$((number + 1))
    begin=$(now)
    LAB=$lane timeout "$limit" $APMATRIX lab exec --name "$lane" -- sh -eu "$test" >"$work/$lane/$number.out" 2>&1
    code=$?
    [ "$code" != 124 ] || echo "not done after $limit seconds" >>"$work/$lane/$number.out"
    # A test that could not even begin is not worth much without the reason.
    [ "$code" = 0 ] || kill -0 "$lab" 2>/dev/null || cat "$work/$lane/lab.log" >>"$work/$lane/$number.out"
    record "$lane" "$number" "$code" $(($(now) - begin)) "$(sed -n '1s/^# *//p' "$test")"
  done
  $APMATRIX lab down --name "$lane" >/dev/null 2>&1
  wait "$lab"
}

write_tap() {
  echo "TAP version 13"
  echo "1..$(cat "$work"/*/tests | wc -l)"
  count=0
  for lane in $lanes; do
    while IFS="$(printf '\t')" read -r number verdict time title; do
      count=$((count + 1))
      echo "$verdict $count - $lane: $title"
      echo "  ---"
      echo "  duration_ms: $time"
      if [ "$verdict" != ok ]; then
        echo "  output: |"
        sed 's/^/    /' "$work/$lane/$number.out"
      fi
      echo "  ..."
    done <"$work/$lane/tests"
  done
}

escape() { tr -d '\000-\010\013\014\016-\037' | sed 's/&/\&amp;/g; s/</\&lt;/g; s/>/\&gt;/g; s/"/\&quot;/g'; }
seconds() { printf '%d.%03d' $(($1 / 1000)) $(($1 % 1000)); }

write_junit() {
  echo '<?xml version="1.0" encoding="UTF-8"?>'
  echo '<testsuites>'
  for lane in $lanes; do
    failures=$(grep -c '	not ok	' "$work/$lane/tests")
    echo "  <testsuite name=\"$lane\" tests=\"$(wc -l <"$work/$lane/tests")\" failures=\"$failures\">"
    while IFS="$(printf '\t')" read -r number verdict time title; do
      printf '    <testcase classname="%s" name="%s" time="%s"' "$lane" "$(printf %s "$title" | escape)" "$(seconds "$time")"
      if [ "$verdict" = ok ]; then
        echo '/>'
      else
        printf '>\n      <failure message="not ok">%s</failure>\n    </testcase>\n' "$(escape <"$work/$lane/$number.out")"
      fi
    done <"$work/$lane/tests"
    echo '  </testsuite>'
  done
  echo '</testsuites>'
}

lanes=$(cd "$here/lanes" && ls)
for lane in $lanes; do run_lane "$lane" & done
wait
write_tap >"$results/results.tap"
write_junit >"$results/results.xml"
cat "$results/results.tap"
! grep -q '^not ok ' "$results/results.tap"
