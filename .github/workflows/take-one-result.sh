#!/usr/bin/env bash
# take-one-result.sh BASE HEAD FOLDER: refuses unless HEAD adds exactly one plain file results/<gpu-id>/<date>-<run-id>.json
# to what it shares with BASE and changes nothing else; then writes that file, as data, below FOLDER.
set -euo pipefail
base=$1 head=$2 folder=$3
mapfile -d '' -t changes < <(git diff --name-status --no-renames -z "$base...$head")
if [ "${#changes[@]}" -ne 2 ]; then
  echo "expected one changed file, found $((${#changes[@]} / 2))"
  exit 1
fi
status=${changes[0]} path=${changes[1]}
if [ "$status" != A ] || ! [[ $path =~ ^results/[a-z0-9-]+/[0-9]{4}-[0-9]{2}-[0-9]{2}-[a-z0-9]{12}\.json$ ]]; then
  printf 'expected one new results/<gpu-id>/<date>-<run-id>.json, found %s %q\n' "$status" "$path"
  exit 1
fi
if [ "$(git ls-tree "$head" -- "$path" | cut -d' ' -f1)" != 100644 ]; then
  echo "expected a plain file, found a link or a program"
  exit 1
fi
target=$folder/${path#results/}
mkdir -p "$(dirname "$target")"
git cat-file blob "$head:$path" > "$target"
echo "took $path"
