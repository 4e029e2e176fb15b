#!/bin/sh
# fetch-packages.sh [--with-dependencies] DIRECTORY ARCHITECTURE PACKAGE...
# Downloads packages of Debian and unpacks them into DIRECTORY. Nothing is installed, and apt's own lists and architectures stay
# as they are. A mirror may list a file that it does not hold: such a file is replaced by the package of the next release.
#
# RELEASES      from which releases, the best first (default: trixie sid)
# DEBIAN_SITE   from which mirror (default: the one that apt uses here)
set -eu
verb=download
if [ "$1" = --with-dependencies ]; then
  verb="install --no-install-recommends"
  shift
fi
directory=$1 architecture=$2
shift 2

fail() {
  echo "fetch-packages: $*" >&2
  exit 1
}

for tool in apt-get dpkg-deb; do
  command -v "$tool" >/dev/null || fail "$tool is missing: packages of Debian are fetched on Debian and its relatives only"
done
for keyring in /usr/share/keyrings/debian-archive-keyring.gpg /usr/share/keyrings/debian-archive-keyring.pgp none; do
  [ ! -e "$keyring" ] || break
done
[ "$keyring" != none ] || fail "the keys of Debian are missing: install the package debian-archive-keyring"
site=${DEBIAN_SITE:-$(apt-get indextargets --format '$(SITE)' 'Created-By: Packages' | grep -m1 '/debian/*$' || true)}
[ -n "$site" ] || fail "apt does not know a mirror of Debian: run apt-get update, or set DEBIAN_SITE to the address of a mirror"

mkdir -p "$directory"
apt=$(mktemp -d)
trap 'rm -rf "$apt"' EXIT
mkdir -p "$apt/lists/partial" "$apt/archives/partial" "$apt/preferences.d" "$apt/packages"
: >"$apt/status"
: >"$apt/errors"
cat >"$apt/apt.conf" <<EOF
APT::Architecture "$architecture";
APT::Architectures { "$architecture"; };
APT::Sandbox::User "root";
Acquire::Languages "none";
Acquire::Retries "3";
Dir::State "$apt";
Dir::State::status "$apt/status";
Dir::Cache "$apt";
Dir::Etc::sourcelist "$apt/sources.list";
Dir::Etc::sourceparts "-";
Dir::Etc::preferences "$apt/preferences";
Dir::Etc::preferencesparts "$apt/preferences.d";
EOF
export APT_CONFIG="$apt/apt.conf"

add_release() {
  echo "deb [signed-by=$keyring] $site $1 main" >>"$apt/sources.list"
  apt-get -qq -o APT::Update::Error-Mode=any update >&2 ||
    fail "the list of packages of $1 cannot be had from $site: see above. Try again later, or set DEBIAN_SITE to the address of another mirror of Debian"
}

# Files as PACKAGE_VERSION_ARCHITECTURE.deb; a colon in a version is written %3a.
wanted() {
  apt-get -qq --print-uris $verb "$@" 2>"$apt/unsolved" | awk '{ print $2 }'
}

versioned() { # FILE...
  for file in "$@"; do
    name=${file%%_*} version=${file#*_}
    printf '%s=%s\n' "$name" "$(echo "${version%_*}" | sed 's/%3a/:/g')"
  done
}

# What cannot be had must not be chosen again.
avoid() { # NAME=VERSION
  printf '\nPackage: %s\nPin: version %s\nPin-Priority: -1\n' "${1%%=*}" "${1#*=}" >>"$apt/preferences"
}

# All packages, from one release as far as the mirror holds them. Fails where no versions are left that fit together.
download() { # RELEASE PACKAGE...
  printf 'Package: *\nPin: release n=%s\nPin-Priority: 900\n' "$1" >"$apt/preferences"
  shift
  while files=$(wanted "$@") && [ -n "$files" ]; do
    # apt fetches what it can.
    (cd "$apt/packages" && apt-get -qq download $(versioned $files) 2>&1) | grep '^E: ' >>"$apt/errors" || true
    lacking=
    for file in $files; do [ -e "$apt/packages/$file" ] || lacking="$lacking $file"; done
    [ -n "$lacking" ] || return 0
    echo "fetch-packages: $site does not hold$lacking: looking for other versions" >&2
    for version in $(versioned $lacking); do avoid "$version"; done
    add_releases
  done
  return 1
}

# The lists of further releases are fetched only when they are needed.
releases=${RELEASES:-trixie sid}
further=$releases
add_releases() {
  for release in $further; do add_release "$release"; done
  further=
}

further=${releases%% *} && add_releases
further=${releases#"${releases%% *}"}
for release in $releases; do
  if download "$release" "$@"; then
    for file in $files; do dpkg-deb --extract "$apt/packages/$file" "$directory"; done
    # The links that an installed Debian has, and no package brings.
    for name in bin lib sbin; do [ -e "$directory/$name" ] || ln -s "usr/$name" "$directory/$name"; done
    exit 0
  fi
  add_releases
done
cat "$apt/errors" "$apt/unsolved" >&2
fail "$* for $architecture cannot be had from $site: see above. Try again later, or set DEBIAN_SITE to the address of another mirror of Debian"
