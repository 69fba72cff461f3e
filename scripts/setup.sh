#!/bin/sh
# setup.sh run|test|check|bench installs the Debian packages that are missing to
# build and run vitrine, to test it, to check what is in deploy/, or to measure it
# beside others. When all are there it changes nothing and takes no time.
set -eu

# libvips decodes HEIC and AVIF by libheif, which comes with it; libavcodec decodes
# the HEIC of phones.
run="gcc libc6-dev pkg-config libvips-dev libjpeg-dev libwebp-dev libavcodec-dev ffmpeg mate-backgrounds"
test="postgresql chromium clamav-daemon zsh fish php-cli python3"
command -v npm >/dev/null || test="$test npm" # which may have come with a Node.js of another source
check="systemd" # its programs; nothing is run by it
# Node.js isn't among them: Debian 12's is too old for sharp, which takes part in
# the benchmarks where a newer one is.
bench="libvips-tools libjxl-devtools nginx-light wrk postgresql"

case "${1:-}" in
run)   wanted="$run" ;;
test)  wanted="$run $test" ;;
check) wanted="$run $check" ;;
bench) wanted="$run $bench" ;;
*)     echo "usage: $0 run|test|check|bench" >&2; exit 2 ;;
esac

if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
	echo "setup: not a Debian system, so nothing is installed. Needed are, by their Debian names: $wanted" >&2
	exit 0
fi

installed() {
	case "$(dpkg-query -W -f '${db:Status-Abbrev}' "$1" 2>/dev/null || true)" in
	?i*) ;;
	*)   return 1 ;;
	esac
}

missing=""
for package in $wanted; do
	installed "$package" || missing="$missing $package"
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

# The tests and benchmarks start servers of their own. Installing PostgreSQL,
# ClamAV and nginx would also set up services, one of which downloads hundreds of
# megabytes: none is wanted. What the machine has already, and what it may make
# later, stays as it is.
made=""     # files that are here for the time of the install
services="" # not to be started, neither by the install nor when the machine boots
clean_up() {
	for service in $services; do
		[ ! -e "/etc/init.d/$service" ] || $as_root update-rc.d "$service" disable || true
	done
	# shellcheck disable=SC2086 # the list is meant to be split
	[ -z "$made" ] || $as_root rm -f $made
}
trap clean_up EXIT
trap 'exit 1' HUP INT TERM

case "$missing " in
*" postgresql "*)
	no_cluster="/etc/postgresql-common/createcluster.d/vitrine-setup.conf"
	made="$made $no_cluster"
	$as_root mkdir -p "${no_cluster%/*}"
	echo "create_main_cluster = false" | $as_root tee "$no_cluster" >/dev/null
	;;
esac

case "$missing " in *" clamav-daemon "*) services="clamav-daemon clamav-freshclam" ;; esac
case "$missing " in *" nginx-light "*) services="$services nginx" ;; esac
unwanted=""
for service in $services; do # the packages' names, too
	installed "$service" || unwanted="$unwanted $service"
done
services="$unwanted"
# Packages ask this program before they start a service: 101 is no. A machine
# that has one already has decided for itself.
policy="/usr/sbin/policy-rc.d"
if [ -n "$services" ] && [ ! -e "$policy" ] && [ ! -L "$policy" ]; then
	made="$made $policy"
	$as_root tee "$policy" >/dev/null <<-EOF
		#!/bin/sh
		for service in$services; do
		case " \$*" in *" \$service"[.\ ]*) exit 101 ;; esac
		done
	EOF
	$as_root chmod 755 "$policy"
fi

echo "setup: installing$missing" >&2
apt="$as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300"
$apt update >&2
# shellcheck disable=SC2086 # the lists are meant to be split
$apt install -y --no-install-recommends $missing >&2
