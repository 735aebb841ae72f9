#!/bin/bash
# Everything that must hold before a merge. Steps run in this order; name some to run only those:
#   format   clang-format changes nothing
#   tidy     clang-tidy is silent on the sources that differ from the main branch (ALL=1: on every source; minutes)
#   tests    release build, every test, the slow ones too (layering and Dockerfile checks among them)
#   asan     unit tests under AddressSanitizer and UBSan
#   tsan     unit tests under ThreadSanitizer
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
cd "$root"

sources() { git ls-files --cached --others --exclude-standard "$@"; }

# Sources that differ from where this branch left main, committed or not; a changed header stands for the .cc beside it.
changed_sources() {
  local base
  base=$(git merge-base HEAD origin/main 2>/dev/null || git merge-base HEAD main 2>/dev/null || git rev-parse HEAD)
  [[ $base != "$(git rev-parse HEAD)" ]] || base=$(git rev-parse --verify -q HEAD~1 || echo "$base")
  { git diff --name-only --diff-filter=d "$base" -- '*.cc' '*.h'; git ls-files --others --exclude-standard '*.cc'; } |
    sed 's/\.h$/.cc/' | sort -u | while read -r file; do [[ -f $file ]] && echo "$file"; done || true
}

format() {
  scripts/setup --format
  local wrong
  wrong=$(sources '*.h' '*.cc' | xargs -r clang-format-19 --dry-run 2>&1 | sed -n 's/:[0-9]*:[0-9]*: warning.*//p' | sort -u)
  [[ -z $wrong ]] || { say "to be formatted (make format):" "$wrong"; return 1; }
}

tidy() {
  scripts/setup --lint --training --tests
  scripts/build dev build.ninja >/dev/null  # configured is enough; dev, since it compiles each file by itself
  local files
  if [[ ${ALL:-} == 1 ]]; then files=$(sources 'ootd/*.cc' 'tools/*.cc' 'bench/*.cc' 'tests/*.cc'); else files=$(changed_sources); fi
  # Only what this build compiles: the database has no command for anything else.
  files=$(for file in $files; do grep -qF "\"$root/$file\"" build/dev/compile_commands.json && echo "$file"; done || true)
  [[ -n $files ]] || { say "no changed sources"; return; }
  say "clang-tidy on $(wc -l <<<"$files") files"
  # The build is g++'s; clang does not know all of its warnings.
  xargs -n 1 -P "$(nproc)" clang-tidy-19 --quiet --extra-arg=-Wno-unknown-warning-option -p build/dev <<<"$files"
}

tests() {
  scripts/setup --training --tests
  scripts/build release
  ctest --preset release -j2
}

sanitized() {
  scripts/setup --tests
  scripts/build "$1"
  ctest --preset "$1" -j2
}
asan() { sanitized asan; }
tsan() { sanitized tsan; }

readonly all_steps=(format tidy tests asan tsan)
for step in "${@:-${all_steps[@]}}"; do
  [[ " ${all_steps[*]} " == *" $step "* ]] || { say "error: no step $step (there are: ${all_steps[*]})"; exit 2; }
done
[[ $# -gt 0 ]] || set -- "${all_steps[@]}"
for step in "$@"; do
  say "== $step"
  started=$SECONDS
  # In a shell of its own: within `if`, set -e would not hold.
  set +e
  (set -e; "$step")
  status=$?
  set -e
  [[ $status -eq 0 ]] || fail "the step $step failed; again alone: scripts/check.sh $step"
  say "== $step passed ($((SECONDS - started)) s)"
done
