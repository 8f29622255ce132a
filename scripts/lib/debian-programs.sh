# shellcheck shell=bash
# Programs out of Debian packages that are fetched and unpacked into the cache, and not installed: the package would start a
# service, or is large and little of it is needed. Needs console.sh and packages.sh.

# Makes sure that apt knows a package.
need_package_lists() {
    if apt-cache show "$1" >/dev/null 2>&1; then
        return
    fi
    update_package_lists
    if ! apt-cache show "$1" >/dev/null 2>&1; then
        fail "Debian's package $1 is not available here" "apt-cache policy $1 shows the sources."
    fi
}

# fetch_debian_package PACKAGE PATH...: sets FETCHED to a folder that holds these paths of the package. A path is without the
# leading slash; what is in a folder comes with it.
#
# A folder with a file `complete` in it is whole; one without is what an interrupted run left.
fetch_debian_package() {
    local package=$1 version folder lock work
    shift
    if ! command -v apt-get >/dev/null || ! command -v dpkg-deb >/dev/null; then
        fail "the tests need ${*##*/} from Debian's package $package, and there is no apt-get to fetch it"
    fi
    open_cache
    need_package_lists "$package"
    version=$(apt-cache show --no-all-versions "$package" | sed -n 's/^Version: //p' | head -n 1)
    folder=$CACHE/debian-$package-${version//[^A-Za-z0-9.+~-]/_}
    # shellcheck disable=SC2034
    FETCHED=$folder
    if [[ -e $folder/complete ]]; then
        return
    fi
    exec {lock}>"$folder.lock"
    interruptibly flock "$lock"
    if [[ ! -e $folder/complete ]]; then
        say "Fetching $package $version"
        rm -rf "$folder"
        mkdir -p "$folder/download"
        work=$folder/download
        # The list may be of before the package was replaced by a newer one.
        if ! (cd "$work" && quietly "fetch-$package" apt-get download "$package"); then
            update_package_lists
            if ! (cd "$work" && quietly "fetch-$package" apt-get download "$package"); then
                fail "apt-get could not download $package"
            fi
        fi
        if ! dpkg-deb --fsys-tarfile "$work"/*.deb | tar --extract --directory "$folder" --no-same-owner "${@/#/./}"; then
            fail "$package could not be unpacked into $folder"
        fi
        rm -rf "$work"
        touch "$folder/complete"
    fi
    exec {lock}>&-
}

# Lets the tests find Prometheus' own checker of metrics and rules.
prepare_promtool() {
    local promtool
    if ! promtool=$(command -v promtool); then
        fetch_debian_package prometheus usr/bin/promtool
        promtool=$FETCHED/usr/bin/promtool
    fi
    export VECSTEWARD_TEST_PROMTOOL=$promtool
}

# install_libraries PACKAGE BINARY: installs the libraries that a program of a package needs and this system lacks.
install_libraries() {
    local library libraries=()
    if ! ldd "$2" | grep -q 'not found'; then
        return
    fi
    while read -r library; do
        # One that is there stays as it is. LLVM is large, and compiles queries, which no test needs.
        if [[ $library != libllvm* ]] && ! dpkg-query --show --showformat '${db:Status-Status}\n' "$library" 2>/dev/null |
            grep -qx installed; then
            libraries+=("$library")
        fi
    done < <(apt-cache depends --important "$1" | sed -n 's/^ *Depends: \(lib[^ ]*\)$/\1/p')
    if ((${#libraries[@]} > 0)); then
        install_packages "${libraries[@]}"
    fi
    if ldd "$2" | grep 'not found' >&2; then
        fail "these libraries are missing for $2, and Debian's package $1 does not name what brings them"
    fi
}

# Lets the tests find a PostgreSQL that speaks TLS, which the one from PyPI does not, and a pooler that does.
prepare_tls() {
    local package binaries pooler
    need_package_lists postgresql
    package=$(apt-cache depends --important postgresql | sed -n 's/^ *Depends: \(postgresql-[0-9]*\)$/\1/p')
    fetch_debian_package "$package" usr/lib/postgresql usr/share/postgresql
    binaries=$(echo "$FETCHED"/usr/lib/postgresql/*/bin)
    install_libraries "$package" "$binaries/postgres"
    fetch_debian_package pgbouncer usr/sbin/pgbouncer
    pooler=$FETCHED/usr/sbin/pgbouncer
    install_libraries pgbouncer "$pooler"
    export VECSTEWARD_TEST_TLS_POSTGRES=$binaries VECSTEWARD_TEST_PGBOUNCER=$pooler
}
