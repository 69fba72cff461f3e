#!/bin/sh
# vulncheck_test.sh GOVULNCHECK SNAPSHOT sees that vulncheck.sh finds what it should
# without the live database: it puts a record of its own into a copy of the snapshot.
set -eu
govulncheck="$1" snapshot="$2"
package="./scripts/vulndb" # it calls json.Unmarshal, and not json.HTMLEscape

temp=$(mktemp -d)
trap 'rm -rf "$temp"' EXIT
trap 'exit 1' HUP INT TERM
HTTPS_PROXY=http://127.0.0.1:1 # where nobody listens
https_proxy="$HTTPS_PROXY"
export HTTPS_PROXY https_proxy

# check runs vulncheck.sh on the copy, and compares its exit status and what it says
# with what these have to be.
check() {
	status=0
	scripts/vulncheck.sh "$govulncheck" "$temp/db" "$package" >"$temp/said" 2>&1 || status=$?
	if [ "$status" != "$1" ] || ! grep -q "$2" "$temp/said"; then
		echo "vulncheck_test: status $status, want $1 and \"$2\" in:" >&2
		cat "$temp/said" >&2
		exit 1
	fi
}

# plant has that function of encoding/json be vulnerable in every version of Go.
plant() {
	cat >"$temp/db/ID/GO-0000-0001.json" <<-EOF
		{"id": "GO-0000-0001", "summary": "planted", "database_specific": {"url": "https://pkg.go.dev/vuln/GO-0000-0001"},
		"affected": [{"package": {"name": "stdlib", "ecosystem": "Go"},
		"ranges": [{"type": "SEMVER", "events": [{"introduced": "0"}]}],
		"ecosystem_specific": {"imports": [{"path": "encoding/json", "symbols": ["$1"]}]}}]}
	EOF
}

cp -R "$snapshot" "$temp/db"
sed 's/{"path":"stdlib","vulns":\[/&{"id":"GO-0000-0001"},/' "$snapshot/index/modules.json" >"$temp/db/index/modules.json"

plant Unmarshal
check 3 "Vulnerability #1: GO-0000-0001" # 3: something that is called
grep -q "the snapshot of 20[0-9-]* in $temp/db" "$temp/said" || { cat "$temp/said" >&2; exit 1; }
plant HTMLEscape
check 0 "found 1 vulnerability in packages you import"
rm "$temp/db/ID/GO-0000-0001.json"
check 1 "GO-0000-0001.json: no such file"
echo "vulncheck_test: a planted record is found where its function is called; a snapshot that lacks a record is a failure"
