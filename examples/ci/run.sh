#!/bin/sh
# run.sh [RESULTS]      as root, or where an ordinary user may make namespaces
# Runs the tests of lanes/, each lane on a lab of its own, all lanes at the same time. A lane is a directory: host.yaml says which
# machine it is, and the *.sh beside it are its tests, run in the order of their names inside `lab exec`, so that /sys is the lab.
# A test passes when it ends with 0; its first line says what it shows, and a line "# needs: TOOL..." which programs it calls: it is
# skipped where one is missing. Results go to RESULTS (default: results) as results.tap (TAP 13) and results.xml (JUnit); of each test
# that fails, RESULTS/failed/LANE/TEST has what it printed, with its trace (sh -x), and of the lab what show and explain say, and its
# journal. Ends with 0 when every test has passed or was skipped.
#
# APMATRIX       the command that runs apmatrix (default: apmatrix)
# LIMIT          seconds that one test may take (default: 60); then it is ended, and all that it has started
# REQUIRE_TOOLS  set to 1, a test whose tool is missing fails
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
running=
trap 'stop_labs; rm -rf "$work"' EXIT
trap 'kill $running 2>/dev/null; exit 1' INT TERM
# Those of an earlier run would mislead.
rm -rf "$results/failed"

stop_labs() {
  for log in "$work"/*/lab.log; do
    [ ! -e "$log" ] || $APMATRIX lab down --name "$(basename "$(dirname "$log")")" >/dev/null 2>&1
  done
}

now() { date +%s%3N; }

# One line for each test: number, name, verdict (ok, not ok, skip), milliseconds, why it was skipped, title. A dash: no reason.
record() { # LANE NUMBER NAME VERDICT MILLISECONDS REASON TITLE
  printf '%s\t%s\t%s\t%s\t%s\t%s\n' "$2" "$3" "$4" "$5" "${6:--}" "$7" >>"$work/$1/tests"
}

# Those of bin/ are there without what they run.
is_there() { # TOOL
  path=$(command -v "$1") || return 1
  case $path in "$here"/bin/*) "$path" --version >/dev/null 2>&1; [ $? != 127 ] ;; esac
}

# The first tool that a test names and that is not there; nothing if all are.
missing() { # TEST
  for tool in $(sed -n 's/^# *needs: *//p' "$1"); do
    is_there "$tool" || { echo "$tool"; return; }
  done
}

# A tool that was called in vain, by the shell's last word on it: nothing if it is there.
called_in_vain() { # OUTPUT
  tool=$(tail -n 5 "$1" | sed -n 's/^.*: \([^ :]*\): \(command \)\{0,1\}not found.*$/\1/p' | tail -n 1)
  [ -z "$tool" ] || is_there "$tool" || echo "$tool"
}

# What there is to know about a test that has failed, as long as its lab is there.
keep() { # LANE NUMBER NAME
  place=$results/failed/$1/$3
  mkdir -p "$place"
  cp "$work/$1/$2.out" "$place/output"
  cp "$work/$1/lab.log" "$place/lab.log"
  cp "$work/$1/journal/journal.jsonl" "$place/journal.jsonl" 2>/dev/null
  $APMATRIX show --from "lab:$1" >"$place/show" 2>&1
  for mdev in $($APMATRIX lab exec --name "$1" --timeout 10 -- ls /sys/bus/mdev/devices 2>/dev/null); do
    $APMATRIX explain "$mdev" --from "lab:$1"
  done >"$place/explain" 2>&1
}

run_test() { # LANE NUMBER TEST
  name=$(basename "$3" .sh)
  title=$(sed -n '1s/^# *//p' "$3")
  out=$work/$1/$2.out
  begin=$(now)
  tool=$(missing "$3")
  if [ -z "$tool" ]; then
    LAB=$1 $APMATRIX lab exec --name "$1" --timeout "$limit" -- sh -eux "$3" >"$out" 2>&1 &
    test=$!
    wait "$test"
    code=$?
    test=
    [ "$code" != 127 ] || tool=$(called_in_vain "$out")
  else
    code=127
    echo "$tool is not installed" >"$out"
  fi
  time=$(($(now) - begin))
  if [ "$code" = 0 ]; then
    verdict=ok
  elif [ -n "$tool" ] && [ "${REQUIRE_TOOLS:-}" != 1 ]; then
    verdict=skip
  else
    verdict="not ok"
    # A test that could not even begin is not worth much without the reason.
    kill -0 "$lab" 2>/dev/null || cat "$work/$1/lab.log" >>"$out"
    keep "$1" "$2" "$name"
  fi
  record "$1" "$2" "$name" "$verdict" "$time" "${tool:+$tool is not installed}" "$title"
}

run_lane() { # LANE
  lane=$1
  test=
  trap 'kill $test 2>/dev/null; exit 1' INT TERM
  mkdir -p "$work/$lane/sys"
  cd "$work/$lane" || exit 1
  : >lab.log
  $APMATRIX lab up "$here/lanes/$lane/host.yaml" --name "$lane" --mount "$work/$lane/sys" --journal "$work/$lane/journal" \
    >"$work/$lane/lab.log" 2>&1 &
  lab=$!
  until grep -q 'ready:' "$work/$lane/lab.log"; do
    kill -0 "$lab" 2>/dev/null || break
    sleep 0.1
  done
  number=0
  for test_file in "$here/lanes/$lane"/*.sh; do
    number=$((number + 1))
    run_test "$lane" "$number" "$test_file"
  done
  $APMATRIX lab down --name "$lane" >/dev/null 2>&1
  wait "$lab"
}

# Lines of output that are shown of a test that has failed.
shown=60

write_tap() {
  echo "TAP version 13"
  echo "1..$(cat "$work"/*/tests | wc -l)"
  count=0
  for lane in $lanes; do
    while IFS="$(printf '\t')" read -r number name verdict time reason title; do
      count=$((count + 1))
      case $verdict in
        skip) echo "ok $count - $lane: $title # SKIP $reason" ;;
        *) echo "$verdict $count - $lane: $title" ;;
      esac
      echo "  ---"
      echo "  duration_ms: $time"
      if [ "$verdict" = "not ok" ]; then
        echo "  more: failed/$lane/$name"
        echo "  output: |"
        tail -n "$shown" "$work/$lane/$number.out" | sed 's/^/    /'
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
    skipped=$(grep -c '	skip	' "$work/$lane/tests")
    echo "  <testsuite name=\"$lane\" tests=\"$(wc -l <"$work/$lane/tests")\" failures=\"$failures\" skipped=\"$skipped\">"
    while IFS="$(printf '\t')" read -r number name verdict time reason title; do
      printf '    <testcase classname="%s" name="%s" time="%s"' "$lane" "$(printf %s "$title" | escape)" "$(seconds "$time")"
      case $verdict in
        ok) echo '/>' ;;
        skip) printf '>\n      <skipped message="%s"/>\n    </testcase>\n' "$(printf %s "$reason" | escape)" ;;
        *) printf '>\n      <failure message="not ok">%s</failure>\n    </testcase>\n' "$(escape <"$work/$lane/$number.out")" ;;
      esac
    done <"$work/$lane/tests"
    echo '  </testsuite>'
  done
  echo '</testsuites>'
}

lanes=$(cd "$here/lanes" && ls)
for lane in $lanes; do
  run_lane "$lane" &
  running="$running $!"
done
wait
write_tap >"$results/results.tap"
write_junit >"$results/results.xml"
cat "$results/results.tap"
! grep -q '^not ok ' "$results/results.tap"
