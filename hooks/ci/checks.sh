#!/bin/sh
# The checks of one pull request: documentation, hazards, what changes. All of them run; the exit code is the worst.
#
# From the environment: DOCS, LINT, DIFF and COMMENT (`true` or not), BASE (a branch; none outside of a pull request),
# NUMBER (of the pull request), and what GitHub sets.
set -u
here=$(dirname "$0")
worst=0
note() {
    if [ "$1" -gt "$worst" ]; then worst=$1; fi
}

if [ "$DOCS" = true ]; then
    tidegate docs --check
    note $?
fi
if [ -n "${BASE:-}" ]; then
    if ! git rev-parse --quiet --verify "refs/remotes/origin/$BASE" >/dev/null; then
        git fetch --no-tags --quiet origin "+refs/heads/$BASE:refs/remotes/origin/$BASE"
    fi
    if [ "$LINT" = true ]; then
        tidegate lint --upstream "origin/$BASE" --format github
        note $?
    fi
    if [ "$DIFF" = true ]; then
        text=${RUNNER_TEMP:-/tmp}/tidegate-diff.md
        if tidegate diff "git:origin/$BASE" --format markdown --out "$text"; then
            cat "$text" >>"${GITHUB_STEP_SUMMARY:-/dev/null}"
            if [ "$COMMENT" = true ] && [ -n "${NUMBER:-}" ]; then
                sh "$here/comment.sh" "$NUMBER" "$text"
                note $?
            fi
        else
            note $?
        fi
    fi
fi
exit "$worst"
