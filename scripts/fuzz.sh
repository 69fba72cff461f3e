#!/bin/sh
# Runs each fuzz target for a while, one after the other: scripts/fuzz.sh 1m.
# What makes one fail is left among its seeds, in the testdata of its package.
set -eu
cd "$(dirname "$0")/.."
fuzztime=${1:-1m}
failed=
for package in $(grep -rl --include='*_test.go' '^func Fuzz' . | xargs -n1 dirname | sort -u); do
	for target in $(grep -h '^func Fuzz' "$package"/*_test.go | sed 's/func \(Fuzz[A-Za-z0-9]*\).*/\1/'); do
		echo "== $package $target"
		${GO:-go} test -run '^$' -fuzz "^$target\$" -fuzztime "$fuzztime" "$package" || failed="$failed $package:$target"
	done
done
test -z "$failed" || { echo "failed:$failed"; exit 1; }
