# shellcheck shell=bash
# A database with the demo's collections, and the program that reports on it.
# Needs console.sh, scratch.sh, python-environment.sh and servers.sh.

# Builds .build/release/vecsteward.
build_program() {
    if ! quietly build swift build --configuration release --static-swift-stdlib --product vecsteward; then
        fail "the build failed"
    fi
}

# fill_demo_database NAME [STORY...]: starts a PostgreSQL 16 and fills a database on it with these collections, or with all
# that the demo has. $SCRATCH/pgpass then holds the password, for PGPASSFILE.
fill_demo_database() {
    local name=$1 port
    shift
    start_servers 16 -- autovacuum_naptime=86400 shared_buffers=64MB
    port=$(server_value 16 port)
    (umask 077 && printf '%s\n' "127.0.0.1:$port:*:postgres:$(server_value 16 password)" >"$SCRATCH/pgpass")
    PGPASSFILE=$SCRATCH/pgpass "$(postgres_binaries 16)/createdb" --host=127.0.0.1 --port="$port" --username=postgres "$name"
    DEMO_DATABASE_URL=$(demo_url "$name") interruptibly "$PYTHON" scripts/lib/demo_collections.py "$@"
}

# demo_url NAME: the database as the vecs client takes it.
demo_url() {
    printf '%s\n' "postgresql+psycopg2://postgres:$(server_value 16 password)@127.0.0.1:$(server_value 16 port)/$1"
}

# demo_connection NAME: the database as vecsteward takes it, with the password in PGPASSFILE.
demo_connection() {
    printf '%s\n' "postgresql://postgres@127.0.0.1:$(server_value 16 port)/$1"
}
