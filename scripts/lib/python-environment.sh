# shellcheck shell=bash
# The Python environments: with the throwaway servers and the vecs client in it, with all clients, and with the program that
# scripts/bench compares the measuring of recall with. Each is made once and kept in a cache.
# Needs console.sh and packages.sh.

# Sets PYTHON to the interpreter of the environment for all tests.
prepare_python_environment() {
    make_python_environment "PostgreSQL 16 and 18 with pgvector and the vecs client" "${BASH_SOURCE[0]%/*}/requirements.txt"
    PYTHON=$MADE_PYTHON
}

# Sets CLIENTS_PYTHON to the interpreter of the environment with the clients of Tests/Clients.
prepare_clients_environment() {
    # Without the compiled files it takes a quarter less.
    make_python_environment "the clients that Tests/Clients runs" "${BASH_SOURCE[0]%/*}/../../Tests/Clients/requirements.txt" \
        --no-compile
    CLIENTS_PYTHON=$MADE_PYTHON
}

# Sets AUDIT_PYTHON to the interpreter of the environment with vhecfsck.
prepare_audit_environment() {
    make_python_environment "vhecfsck, which also measures recall" "${BASH_SOURCE[0]%/*}/audit-requirements.txt"
    AUDIT_PYTHON=$MADE_PYTHON
}

# make_python_environment WHAT REQUIREMENTS [OPTION...]: sets MADE_PYTHON to the interpreter of an environment with REQUIREMENTS,
# and makes the environment first where there is none. The options are pip's.
#
# An environment cannot be moved, so it is made where it stays, and a file in it says that it is whole. One without that file
# is what an interrupted run left, and is made anew. The lock is for runs side by side.
make_python_environment() {
    local what=$1 requirements=$2 key environment lock system_python
    shift 2
    system_python=$(system_python)
    open_cache
    key=$({ "$system_python" -VV && cat "$requirements"; } | sha256sum | cut -c 1-16)
    environment=$CACHE/python-$key
    MADE_PYTHON=$environment/bin/python
    if [[ -e $environment/complete ]]; then
        return
    fi

    exec {lock}>"$environment.lock"
    if ! flock --nonblock "$lock"; then
        say "Waiting for another run that is installing the same Python packages"
        interruptibly flock "$lock"
    fi
    if [[ ! -e $environment/complete ]]; then
        say "Installing $what into $environment"
        rm -rf "$environment"
        if ! quietly venv "$system_python" -m venv "$environment"; then
            fail "no Python environment could be made"
        fi
        if ! quietly pip "$MADE_PYTHON" -m pip install --disable-pip-version-check --no-cache-dir --prefer-binary \
            "$@" --requirement "$requirements"; then
            fail "pip could not install what $requirements names"
        fi
        touch "$environment/complete"
    fi
    exec {lock}>&-
}
