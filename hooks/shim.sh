#!/bin/sh
# tidegate hook shim 1
# `tidegate hook install` wrote this file and `tidegate hook uninstall` takes it away again.
# It runs the hook that was here before (it lies beside this file), then tidegate, and nothing else.
# To skip tidegate once: TIDEGATE_SKIP=1 git …; to skip all hooks once: git … --no-verify
hook=@HOOK@
known=@TIDEGATE@
config=@CONFIG@

case $0 in
*/*) before=${0%/*}/$hook.before-tidegate ;;
*) before=./$hook.before-tidegate ;;
esac

# Both hooks get what git says about the push.
updates=
if [ "$hook" = pre-push ]; then
    updates=$(cat)
fi

if [ -f "$before" ] && [ -x "$before" ]; then
    if [ "$hook" = pre-push ]; then
        { [ -z "$updates" ] || printf '%s\n' "$updates"; } | "$before" "$@" || exit $?
    else
        "$before" "$@" || exit $?
    fi
fi

case ${TIDEGATE_SKIP:-0} in
0) ;;
*)
    echo "tidegate: $hook skipped, because TIDEGATE_SKIP is set" >&2
    exit 0
    ;;
esac

if command -v tidegate >/dev/null 2>&1; then
    known=tidegate
elif [ ! -x "$known" ]; then
    echo "error: the $hook hook cannot find tidegate: not on the PATH, and not at $known" >&2
    echo "  try: put tidegate on the PATH, and run: tidegate hook install" >&2
    echo "  try: skip it once with TIDEGATE_SKIP=1, or remove $0" >&2
    exit 1
fi

if [ -n "$config" ]; then
    set -- --config "$config" hook run "$hook" "$@"
else
    set -- hook run "$hook" "$@"
fi
if [ "$hook" = pre-push ]; then
    { [ -z "$updates" ] || printf '%s\n' "$updates"; } | "$known" "$@"
else
    exec "$known" "$@"
fi
