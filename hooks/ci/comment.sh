#!/bin/sh
# Puts FILE under a pull request, over the comment that an earlier run left there. The file's first line, an HTML
# comment, tells that comment from all others.
#
#   comment.sh NUMBER FILE
#
# Needs `gh` with GH_TOKEN and GITHUB_REPOSITORY. A pull request from a fork gets a token that may not write: then this
# says so and succeeds, since whether the change is good does not depend on it.
set -eu
number=$1
file=$2
marker=$(head -n 1 "$file")
case $marker in
'<!-- tidegate'*) ;;
*) echo "comment.sh: $file does not begin with the marker of tidegate" >&2 && exit 2 ;;
esac
export marker
comments=repos/$GITHUB_REPOSITORY/issues/$number/comments
if ! found=$(gh api --paginate "$comments" --jq '.[] | select(.body | startswith(env.marker)) | .id'); then
    echo "::warning title=tidegate::The comments of this pull request cannot be read: is pull-requests: write missing?"
    exit 0
fi
found=$(printf '%s\n' "$found" | head -n 1)
if [ -n "$found" ]; then
    set -- --method PATCH "repos/$GITHUB_REPOSITORY/issues/comments/$found"
elif grep -q '^no difference' "$file"; then
    # Nothing to say, and nothing said earlier that would be wrong now.
    exit 0
else
    set -- --method POST "$comments"
fi
gh api "$@" --field "body=@$file" --silent ||
    echo "::warning title=tidegate::The comment could not be written: is pull-requests: write missing?"
