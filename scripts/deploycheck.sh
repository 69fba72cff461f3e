#!/bin/sh
# deploycheck.sh DEPLOYCHECK CADDY checks deploy/ as far as can be done without a
# container engine and a cluster. It needs bin/vitrined. A check that can't be run
# is a failure.
set -eu
deploycheck="$1" caddy="$2"

for program in systemd-analyze systemd-sysusers bin/vitrined "$deploycheck" "$caddy"; do
	command -v "$program" >/dev/null || { echo "deploycheck: $program is missing; make check-deploy sees to it on Debian" >&2; exit 1; }
done
temp=$(mktemp -d)
trap 'rm -rf "$temp"' EXIT
trap 'exit 1' HUP INT TERM

echo "deploycheck: Dockerfile, compose file, manifests, and the settings in them"
"$deploycheck" bin/vitrined deploy

echo "deploycheck: the proxy's configuration"
version=$(sed -n 's|.*github.com/caddyserver/caddy/v2 v||p' tools/caddy/go.mod | cut -d ' ' -f 1)
grep -q "image: caddy:$version\$" deploy/compose/compose.yaml ||
	{ echo "deploycheck: the compose file has another Caddy than tools/caddy, $version, which checks its configuration" >&2; exit 1; }
# It would keep things in the home directory.
(
	HOME="$temp" SITE_ADDRESS=http://localhost S3_ADDRESS=http://localhost:9000
	export HOME SITE_ADDRESS S3_ADDRESS
	"$caddy" validate --adapter caddyfile --config deploy/compose/Caddyfile 2>"$temp/caddy.log" ||
		{ cat "$temp/caddy.log"; exit 1; }
	# It says where the file isn't formatted, and its exit status does, too.
	"$caddy" fmt --diff deploy/compose/Caddyfile
) >"$temp/caddy.out" || { cat "$temp/caddy.out"; exit 1; }

echo "deploycheck: systemd unit"
# The program that stands in the unit isn't on this machine.
sed "s|/usr/local/bin/vitrined|$PWD/bin/vitrined|" deploy/systemd/vitrined.service >"$temp/vitrined.service"
# What verify only warns of, an unknown name of a setting, leaves its exit
# status 0.
systemd-analyze verify "$temp/vitrined.service" 2>"$temp/verify" || { cat "$temp/verify"; exit 1; }
if grep -F "$temp/vitrined.service" "$temp/verify"; then exit 1; fi
# 2.0 of 10, where 0 would be a service that can do nothing.
systemd-analyze security --offline=true --threshold=20 --no-pager "$temp/vitrined.service" >"$temp/security" ||
	{ cat "$temp/security"; exit 1; }
grep Overall "$temp/security"
systemd-sysusers --dry-run "$PWD/deploy/systemd/vitrine.sysusers.conf"
