# shellcheck shell=bash
# The Python environment with the throwaway servers and the vecs client in it, made once and kept in a cache.
# Needs console.sh and packages.sh.

# Sets PYTHON to the environment's interpreter, and makes the environment first where there is none.
#
# An environment cannot be moved, so it is made where it stays, and a file in it says that it is whole. One without that file
# is what an interrupted run left, and is made anew. The lock is for runs side by side.
prepare_python_environment() {
    local requirements key environment lock system_python
    requirements=${BASH_SOURCE[0]%/*}/requirements.txt
    system_python=$(system_python)
    open_cache
    key=$({ "$system_python" -VV && cat "$requirements"; } | sha256sum | cut -c 1-16)
    environment=$CACHE/python-$key
    PYTHON=$environment/bin/python
    if [[ -e $environment/complete ]]; then
        return
    fi

    exec {lock}>"$environment.lock"
    if ! flock --nonblock "$lock"; then
        say "Waiting for another run that is installing the same Python packages"
        interruptibly flock "$lock"
    fi
    if [[ ! -e $environment/complete ]]; then
        say "Installing PostgreSQL 16 and 18 with pgvector and the vecs client into $environment"
        rm -rf "$environment"
        if ! quietly venv "$system_python" -m venv "$environment"; then
            fail "no Python environment could be made"
        fi
        if ! quietly pip "$PYTHON" -m pip install --disable-pip-version-check --no-cache-dir --prefer-binary \
            --requirement "$requirements"; then
            fail "pip could not install what $requirements names"
        fi
        touch "$environment/complete"
    fi
    exec {lock}>&-
}
