#!/bin/sh
# Stands in for the launcher, as each command of a published package, which serves several
# architectures. The package's install step puts the right launcher in its place.
case "$(uname -s) $(uname -m)" in
"Linux x86_64") arch=x64 ;;
"Linux aarch64" | "Linux arm64") arch=arm64 ;;
*)
  echo "nskit: runs on Linux on x86_64 and arm64, not on $(uname -s) $(uname -m)" >&2
  exit 127
  ;;
esac
self=$(readlink -f -- "$0") || exit 127
exec "${self%/*}/launcher-linux-$arch" --as "${self##*/}" "$0" "$@"
