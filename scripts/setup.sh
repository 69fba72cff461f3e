#!/bin/sh
# setup.sh run|test installs the Debian packages that are missing to build and
# run vitrine, or to test it. When all are there it changes nothing and takes
# no time.
set -eu

# libvips decodes HEIC and AVIF by libheif, which comes with it.
run="gcc libc6-dev pkg-config libvips-dev libwebp-dev ffmpeg mate-backgrounds"
test="postgresql chromium"

case "${1:-}" in
run)  wanted="$run" ;;
test) wanted="$run $test" ;;
*)    echo "usage: $0 run|test" >&2; exit 2 ;;
esac

if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
	echo "setup: not a Debian system, so nothing is installed. Needed are, by their Debian names: $wanted" >&2
	exit 0
fi

missing=""
for package in $wanted; do
	case "$(dpkg-query -W -f '${db:Status-Abbrev}' "$package" 2>/dev/null || true)" in
	?i*) ;;
	*)   missing="$missing $package" ;;
	esac
done
[ -n "$missing" ] || exit 0

if [ "$(id -u)" -eq 0 ]; then
	as_root=""
elif command -v sudo >/dev/null; then
	as_root="sudo"
else
	echo "setup: packages are missing, and there is neither root nor sudo to install them. As root:" >&2
	echo "  apt-get install --no-install-recommends$missing" >&2
	exit 1
fi

# Installing PostgreSQL would also make a cluster and start it as a service.
# The tests start servers of their own, so none is wanted; what the machine
# has already, and what it may make later, stays as it is.
no_cluster="/etc/postgresql-common/createcluster.d/vitrine-setup.conf"
case "$missing " in
*" postgresql "*)
	trap '$as_root rm -f "$no_cluster"' EXIT
	trap 'exit 1' HUP INT TERM
	$as_root mkdir -p "${no_cluster%/*}"
	echo "create_main_cluster = false" | $as_root tee "$no_cluster" >/dev/null
	;;
esac

echo "setup: installing$missing" >&2
apt="$as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300"
$apt update >&2
# shellcheck disable=SC2086 # the lists are meant to be split
$apt install -y --no-install-recommends $missing >&2
