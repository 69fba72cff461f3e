#!/bin/sh
# vulncheck.sh GOVULNCHECK SNAPSHOT PACKAGE... looks for known vulnerabilities in
# what the packages call, and fails when there are some. It asks the live database;
# where that can't be had it asks the snapshot in that folder, and says of when it is.
set -eu
govulncheck="$1" snapshot="$2"
shift 2

# The package of the working directory imports next to nothing, so that a database
# that can't be had shows before all the others are loaded.
database="https://vuln.go.dev"
status=0
report=$("$govulncheck" -db "$database" . 2>&1) || status=$?
case "$status:$report" in
1:*"fetching vulnerabilities"*)
	date=$(sed -n 's/.*"modified":"\([0-9-]*\)T.*/\1/p' "$snapshot/index/db.json")
	test -n "$date" || { echo "vulncheck: $snapshot/index/db.json doesn't say of when the snapshot is" >&2; exit 1; }
	echo "vulncheck: the live database can't be had from here. Asked is the snapshot of $date in $snapshot: what became known later is NOT CHECKED"
	database="file://$(cd "$snapshot" && pwd)"
	;;
esac
exec "$govulncheck" -db "$database" "$@"
