# shellcheck shell=bash
# The scratch folder of one run, which takes everything with it when the script ends: see scratch-keeper. Needs console.sh.

SCRATCH=

# open_scratch NAME [--in-memory]: sets SCRATCH to a new folder. What runs from here on ends with the script.
#
# With --in-memory the folder is in memory, if there is plenty and TMPDIR names no other place: databases are made and dropped much
# faster there.
open_scratch() {
    local place=${TMPDIR:-/tmp}
    if [[ ${2:-} == --in-memory && -z ${TMPDIR:-} ]] && has_room_in_memory; then
        place=/dev/shm
    fi
    trap close_scratch EXIT
    trap 'interrupted INT' INT
    trap 'interrupted TERM' TERM
    trap 'interrupted HUP' HUP
    # In a session of its own, so that Ctrl-C does not reach it. Bash keeps the pipes of a coprocess from all other children.
    coproc KEEPER { TMPDIR=$place exec setsid "${BASH_SOURCE[0]%/*}/scratch-keeper" "$1"; }
    scratch_keeper=$KEEPER_PID
    scratch_pipe=${KEEPER[1]}
    if ! read -r SCRATCH <&"${KEEPER[0]}"; then
        fail "no folder can be made in $place"
    fi
    export VECSTEWARD_SCRATCH=$SCRATCH
}

# Whether /dev/shm may take 8 GiB, and as much memory stays free beside that.
has_room_in_memory() {
    local room free
    [[ $(stat --file-system --format=%T /dev/shm 2>/dev/null) == tmpfs && -w /dev/shm ]] || return 1
    if findmnt --noheadings --output OPTIONS --target /dev/shm | grep -qw noexec; then
        return 1
    fi
    room=$(df --output=avail --block-size=1K /dev/shm | tail -n 1)
    free=$(sed -n 's/^MemAvailable: *\([0-9]*\) kB$/\1/p' /proc/meminfo)
    ((room >= 8 << 20 && ${free:-0} >= 16 << 20))
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
