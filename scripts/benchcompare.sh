#!/bin/sh
# benchcompare.sh BENCHSTAT REVISION PATTERN COUNT BENCHTIME PACKAGE... runs the
# benchmarks of these packages as they are here and as they were at a revision,
# in turns, and has benchstat compare them. A package or a benchmark that was
# not there then is left out.
set -eu
cd "$(dirname "$0")/.."
benchstat=$1 revision=$2 pattern=$3 count=$4 benchtime=$5
shift 5

temp=$(mktemp -d)
clean_up() {
	git worktree remove --force "$temp/base" 2>/dev/null || true
	rm -rf "$temp"
}
trap clean_up EXIT
trap 'exit 1' HUP INT TERM
git worktree add --quiet --detach "$temp/base" "$revision"
ln -s "$PWD" "$temp/here"
mkdir "$temp/bin"

# build SIDE PACKAGE makes the test binary of a package, if it has tests there.
build() {
	[ -n "$(ls "$temp/$1/$2"/*_test.go 2>/dev/null)" ] || return 0
	(cd "$temp/$1" && ${GO:-go} test -c -o "$temp/bin/$1-$(name "$2")" "$2")
}

# name PACKAGE is its path as a part of a file's name.
name() { printf '%s' "$1" | tr -c 'a-zA-Z0-9' _; }

# measure SIDE PACKAGE runs the benchmarks once.
measure() {
	binary="$temp/bin/$1-$(name "$2")"
	[ -x "$binary" ] || return 0
	(cd "$temp/$1/$2" && "$binary" -test.run '^$' -test.bench "$pattern" -test.benchtime "$benchtime" -test.benchmem) >>"$temp/$1.txt"
}

for package; do
	for side in base here; do
		build "$side" "$package"
	done
done
round=1
while [ "$round" -le "$count" ]; do
	# Neither side always comes after the other.
	sides="base here"
	[ $((round % 2)) -eq 1 ] || sides="here base"
	for package; do
		for side in $sides; do
			echo "bench-compare: round $round of $count: $package, $side" >&2
			measure "$side" "$package"
		done
	done
	round=$((round + 1))
done
for side in base here; do
	grep -q '^Benchmark' "$temp/$side.txt" || {
		echo "bench-compare: $pattern is no benchmark of $* in $side" >&2
		exit 1
	}
done
"$benchstat" "$revision=$temp/base.txt" "here=$temp/here.txt"
