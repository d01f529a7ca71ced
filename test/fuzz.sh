#!/bin/sh
# Runs every fuzz target of the module, one after the other, for the time given (30s).
set -eu
cd "$(dirname "$0")/.."
grep -rl --include='*_test.go' '^func Fuzz' . | sort | while read -r file; do
	grep -o '^func Fuzz[A-Za-z0-9_]*' "$file" | while read -r _ target; do
		echo "== $(dirname "$file") $target"
		go test -run '^$' -fuzz "^$target\$" -fuzztime "${1:-30s}" "$(dirname "$file")" </dev/null
	done
done
