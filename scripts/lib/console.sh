# shellcheck shell=bash
# The messages of the scripts, and the output of the tools that they run.

say() {
    printf '%s\n' "==> $*" >&2
}

# Whether the script is being stopped: then failures are only consequences, and need no message.
is_closing() {
    [[ -n ${SCRATCH:-} && (-e $SCRATCH/closing || ! -e $SCRATCH) ]]
}

# Prints what failed and ends the script. Further arguments are further lines, such as what to do about it.
fail() {
    if is_closing; then
        exit 1
    fi
    printf '%s\n' "${0##*/}: $1" >&2
    shift
    if (($# > 0)); then
        printf '    %s\n' "$@" >&2
    fi
    exit 1
}

# The same for a command line that cannot be right.
misused() {
    printf '%s\n' "${0##*/}: $1" "    See scripts/${0##*/} --help" >&2
    exit 64
}

# quietly NAME COMMAND...: runs COMMAND and keeps what it prints out of sight. When it fails, shows the last of it, and
# keeps all of it in a file. The exit code is the command's.
quietly() {
    local name=$1 log status=0
    shift
    log=$(mktemp "${SCRATCH:-${TMPDIR:-/tmp}}/vecsteward-$name.XXXXXX.log")
    interruptibly "$@" >"$log" 2>&1 || status=$?
    if ((status != 0)); then
        show_log "$name" "$log"
    fi
    rm -f "$log"
    return "$status"
}

# show_log NAME FILE: the errors in FILE, or else its last lines, and a copy of it that outlives the script.
show_log() {
    local name=$1 log=$2 kept
    if is_closing; then
        return
    fi
    kept=$(mktemp "${TMPDIR:-/tmp}/vecsteward-$name.XXXXXX.log")
    cat "$log" >"$kept"
    if grep -q 'error:' "$log"; then
        grep -A 3 'error:' "$log" | head -n 60
    else
        tail -n 20 "$log"
    fi | sed 's/^/    | /' >&2
    printf '%s\n' "    all of it: $kept" >&2
}

# interruptibly COMMAND...: runs COMMAND so that a signal to the script is answered at once. Bash answers one only after the
# command in the foreground has ended, but interrupts `wait`. A command in the background would ignore Ctrl-C, and so would
# everything that it starts, hence `env --default-signal`.
interruptibly() {
    env --default-signal "$@" &
    wait $!
}
