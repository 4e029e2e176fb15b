#!/usr/bin/env bash
# run.sh check|docs
# check: whether the package, as npm packs it, can be imported as it says, types included (publint, attw).
# docs: the documentation of what it exports, into .cache/api-docs (typedoc).
# The tools are installed into .cache, from the lock file beside this script.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
tools=$root/.cache/package-tools
mkdir -p "$tools"
if ! cmp -s "$here/package-lock.json" "$tools/package-lock.json" || [ ! -d "$tools/node_modules" ]; then
  echo "package-tools: installing typedoc, publint and attw into .cache ..." >&2
  cp "$here/package.json" "$here/package-lock.json" "$tools/"
  npm ci --prefix "$tools" --no-audit --no-fund --loglevel=error >&2
fi
bin=$tools/node_modules/.bin
cd "$root"
case ${1:-} in
  check)
    packed=$(npm pack --ignore-scripts --silent --pack-destination "$tools")
    "$bin/publint" run "$tools/$packed" --strict
    # A module of ECMAScript only: what old programs cannot do is require it.
    "$bin/attw" "$tools/$packed" --profile esm-only --no-emoji --exclude-entrypoints package.json 'schema/*'
    ;;
  docs)
    # Types as the package ships them, so that nothing else is documented.
    "$bin/typedoc" --tsconfig "$here/tsconfig.json" --out .cache/api-docs --readme docs/programs.md dist/types/api/main.d.ts
    echo "package-tools: .cache/api-docs/index.html" >&2
    ;;
  *)
    echo "usage: run.sh check|docs" >&2
    exit 1
    ;;
esac
