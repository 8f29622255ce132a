# shellcheck shell=bash
# The files of a Debian 13 host with PostgreSQL 17 and pgvector, made once and kept in a cache.
# Needs console.sh and packages.sh.

# What is on the host before vecsteward is: an init system, a database with the extensions that tests use, and what the package
# depends on, so that nothing has to be fetched from inside, where there is no network.
host_packages=(
    systemd systemd-sysv dbus postgresql-17 postgresql-17-pgvector postgresql-17-pg-qualstats libpq5 libsystemd0 libstdc++6
)

# Sets HOST_TREE to the folder with the files, which need not be there yet.
name_host_tree() {
    local key
    open_cache
    key=$({ printf '%s\n' trixie "$(dpkg --print-architecture)" "${host_packages[@]}"; } | sha256sum | cut -c 1-16)
    HOST_TREE=$CACHE/debian-13-$key
}

# Does the same, and creates the folder if it is missing. It must stay unchanged: each host lays its own layer over it.
#
# A file beside the folder says that it is whole. Without that file it is what an interrupted run left, and is made anew.
prepare_host_tree() {
    local lock
    name_host_tree
    if [[ -e $HOST_TREE.complete ]]; then
        return
    fi

    exec {lock}>"$HOST_TREE.lock"
    if ! flock --nonblock "$lock"; then
        say "Waiting for another run that is making the same Debian 13"
        interruptibly flock "$lock"
    fi
    if [[ ! -e $HOST_TREE.complete ]]; then
        say "Making a Debian 13 with PostgreSQL 17 and pgvector in $HOST_TREE (a minute)"
        rm -rf "$HOST_TREE"
        # In a mount namespace of its own, since debootstrap mounts /proc in the tree, and an interrupted one leaves it there.
        # shellcheck disable=SC2046 # no mirror is no argument
        if ! quietly debootstrap unshare --mount --propagation private debootstrap --variant=minbase \
            --include="$(IFS=, && printf '%s' "${host_packages[*]}")" trixie "$HOST_TREE" $(debian_mirror); then
            fail "debootstrap could not make a Debian 13"
        fi
        # Nothing is installed from there any more, and it is a third of the whole.
        rm -rf "$HOST_TREE"/var/cache/apt/* "$HOST_TREE"/var/lib/apt/lists/*
        touch "$HOST_TREE.complete"
    fi
    exec {lock}>&-
}

# The mirror of Debian that this machine uses, so that the host comes from where the machine's own packages do. Empty if it is
# unknown, which means debootstrap's default.
debian_mirror() {
    # shellcheck disable=SC2016 # apt's own variables
    apt-get indextargets --format '$(LABEL) $(REPO_URI)' 'Identifier: Packages' 2>/dev/null |
        sed -n -E 's/^Debian (https?:.*)/\1/p' | head -n 1
}
