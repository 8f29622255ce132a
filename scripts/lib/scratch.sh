# shellcheck shell=bash
# The scratch folder of one run, which takes everything with it when the script ends: see scratch-keeper. Needs console.sh.

SCRATCH=

# open_scratch NAME: sets SCRATCH to a new folder. What runs from here on ends with the script.
open_scratch() {
    trap close_scratch EXIT
    trap 'interrupted INT' INT
    trap 'interrupted TERM' TERM
    trap 'interrupted HUP' HUP
    # In a session of its own, so that Ctrl-C does not reach it. Bash keeps the pipes of a coprocess from all other children.
    coproc KEEPER { exec setsid "${BASH_SOURCE[0]%/*}/scratch-keeper" "$1"; }
    scratch_keeper=$KEEPER_PID
    scratch_pipe=${KEEPER[1]}
    if ! read -r SCRATCH <&"${KEEPER[0]}"; then
        fail "no folder can be made in ${TMPDIR:-/tmp}"
    fi
    export VECSTEWARD_SCRATCH=$SCRATCH
}

close_scratch() {
    trap '' INT TERM HUP PIPE
    if [[ -n ${scratch_keeper:-} ]]; then
        echo close >&"$scratch_pipe" || true
        exec {scratch_pipe}>&- || true
        wait "$scratch_keeper" || true
        scratch_keeper=
    fi 2>/dev/null
}

# Cleans up, and ends by the same signal, so that whoever called sees why.
interrupted() {
    close_scratch
    trap - EXIT "$1"
    kill "-$1" $$
}
