#!/bin/sh
# lab-namespace.sh SYS ROOT LAYER KEPT OWN... -- THROUGH...     for unshare -m, as root of the machine or of a user namespace
# Makes the mounts that the commands of a lab see, says "ready", and keeps them until its input ends. The directory SYS is /sys. What is
# written below /etc, /run and /var/lib goes to LAYER, above the machine's directories, which stay as they are; LAYER is in memory
# unless KEPT is 1. Each directory OWN is the one of that path below ROOT: nothing of the machine's is seen there. What is THROUGH,
# such as a home directory below /var/lib, is the machine's own. Paths may hold anything: mount(8) gets them from here, as the
# overlay's options could not.
set -eu
sys=$1 root=$2 layer=$3 kept=$4
shift 4

mkdir -p "$layer"
[ "$kept" = 1 ] || mount -t tmpfs -o mode=755 apmatrix "$layer"
cd "$layer"
mkdir -p up stage
[ "$kept" != 1 ] || mount -t tmpfs -o mode=755 apmatrix "$layer/stage"

isRoot=1
options=
if ! grep -qE '^ *0 +0 +4294967295$' /proc/self/uid_map; then
  isRoot=0
  options=userxattr,
fi

# In a user namespace the machine's files belong to nobody; a directory that is in the layer, too, is the user's.
own_directories() { # DIRECTORY UPPER
  [ "$isRoot" = 0 ] || return 0
  (cd "$1" && find . -maxdepth 6 -xdev -type d -perm -005 -print0 2>/dev/null) | (cd "$2" && xargs -0 -r mkdir -p)
}

# With the upper directory where the layer is kept; where the file system cannot be one, in memory.
overlay() { # DIRECTORY TARGET UPPER
  mkdir -p "stage/$2"
  exec 3<"$1" || return
  for where in . stage/memory; do
    mkdir -p "$where/$3" "$where/work/$3"
    own_directories "$1" "$where/$3"
    if mount -t overlay -o "${options}lowerdir=/proc/self/fd/3,upperdir=$where/$3,workdir=$where/work/$3" apmatrix "$layer/stage/$2" 2>stage/why; then
      exec 3<&-
      [ "$where$kept" = .1 ] || [ "$kept" = 0 ] || echo "what tools write below $1 is not kept: $(cat stage/why)" >&2
      return 0
    fi
  done
  exec 3<&-
  return 1
}

cover() { # DIRECTORY NAME
  place=up/$2
  if [ "$isRoot$2" != 0etc ] && overlay "$1" "$2" "$place"; then
    below "$1" "$2"
    return
  fi
  # A user could not change files that belong to root, so /etc is copied. What has mounts below it may not be taken along as a whole.
  mkdir -p "$place" "stage/$2"
  mount --bind "$layer/$place" "$layer/stage/$2"
  if [ "$2" = etc ]; then
    [ -e up/copied ] || cp -RP "$1/." "$place" 2>/dev/null || :
    : >up/copied
    return
  fi
  for entry in "$1"/* "$1"/.[!.]*; do
    name=${entry##*/}
    if [ -L "$entry" ] || [ -f "$entry" ]; then
      [ -e "$place/$name" ] || cp -P "$entry" "$place/$name" 2>/dev/null || :
    elif [ -d "$entry" ]; then
      overlay "$entry" "$2/$name" "up/$(printf %s "$2/$name" | tr / %)" || :
    fi
  done
}

# What is mounted below a directory is not part of it: such a directory gets a layer of its own, such a file is copied.
below() { # DIRECTORY NAME
  sed 's/^[^ ]* [^ ]* [^ ]* [^ ]* \([^ ]*\) .*/\1/' /proc/self/mountinfo | while read -r escaped; do
    mounted=$(printf %b "$escaped")
    case $mounted in "$layer"*) continue ;; "$1"/*) ;; *) continue ;; esac
    name=$2${mounted#"$1"}
    if [ -d "$mounted" ]; then
      overlay "$mounted" "$name" "up/$(printf %s "$name" | tr / %)" || :
    elif [ -f "$mounted" ] && [ ! -e "up/$name" ]; then
      cp "$mounted" "stage/$name" 2>/dev/null || :
    fi
  done
}

for directory in /etc /run /var/lib; do cover "$directory" "${directory#/}"; done

while [ "$1" != -- ]; do
  mkdir -p "$root$1" "stage$1"
  mount --bind "$root$1" "$layer/stage$1"
  shift
done
shift
for through; do
  mkdir -p "stage$through"
  mount --rbind "$through" "$layer/stage$through"
done

# All at once, because what is covered can be named no more.
cd /
mount --rbind "$sys" /sys
mount --rbind "$layer/stage/etc" /etc
mount --rbind "$layer/stage/var/lib" /var/lib
mount --rbind "$layer/stage/run" /run
echo ready
exec cat >/dev/null
