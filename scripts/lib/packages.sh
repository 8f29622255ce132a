# shellcheck shell=bash
# Makes sure that what vecsteward is built and tested with is there, and installs what is not. Needs console.sh.

# Debian's names of the packages that are missing, one a line. Asks for what they provide, and not for the packages, so that
# other systems pass too when everything is there.
missing_packages() {
    if ! command -v pkg-config >/dev/null; then
        printf '%s\n' pkg-config libpq-dev libsystemd-dev
    else
        pkg-config --exists libpq || printf '%s\n' libpq-dev
        pkg-config --exists libsystemd || printf '%s\n' libsystemd-dev
    fi
    # The archive is linked, and where it is only the linker knows.
    [[ -e /usr/include/pg_query.h || -e /usr/local/include/pg_query.h ]] || printf '%s\n' libpg-query-dev
    "$(system_python)" -c 'import ensurepip, venv' 2>/dev/null || printf '%s\n' python3-venv
    command -v openssl >/dev/null || printf '%s\n' openssl
}

# The same for what scripts/package needs beside that.
missing_packaging_tools() {
    local tool
    for tool in dh:debhelper dpkg-buildpackage:dpkg-dev lintian:lintian make:make readelf:binutils systemd-analyze:systemd; do
        command -v "${tool%%:*}" >/dev/null || printf '%s\n' "${tool#*:}"
    done
}

# The same for what debian-tree.sh needs.
missing_tree_tools() {
    command -v debootstrap >/dev/null || printf '%s\n' debootstrap
}

# The same for what scripts/test-host needs.
missing_host_tools() {
    local tool
    missing_tree_tools
    for tool in systemd-nspawn:systemd-container python3:python3 ss:iproute2 ps:procps; do
        command -v "${tool%%:*}" >/dev/null || printf '%s\n' "${tool#*:}"
    done
}

# The Python that Debian's python3-venv belongs to, where there is one; another Python in PATH may lack venv.
system_python() {
    if [[ -x /usr/bin/python3 ]]; then
        printf '%s\n' /usr/bin/python3
    else
        printf '%s\n' python3
    fi
}

# install_missing_packages [LIST...]: installs what missing_packages names, and what the functions LIST do.
install_missing_packages() {
    local missing=() list
    mapfile -t missing < <(for list in missing_packages "$@"; do "$list"; done)
    if ((${#missing[@]} > 0)); then
        install_packages "${missing[@]}"
    fi
}

install_packages() {
    local missing=("$@") by_hand system
    by_hand="apt-get install ${missing[*]}"
    # shellcheck source=/dev/null
    system=$(. /etc/os-release 2>/dev/null && printf '%s' "${ID:-unknown} ${VERSION_ID:-}") || system=unknown
    if ! command -v apt-get >/dev/null; then
        fail "these Debian packages are missing, and there is no apt-get to install them: ${missing[*]}" \
            "Install what they are called on this system ($system), then run this again."
    fi
    case $system in
    "debian 12" | "debian 13") ;;
    *)
        fail "these packages are missing: ${missing[*]}" \
            "This script installs packages on Debian 12 and 13 only, and this is $system. By hand: $by_hand"
        ;;
    esac
    say "Installing ${missing[*]}"
    # In the foreground: a half-installed package is worse than waiting for one.
    local log status=0
    become_root "$by_hand"
    log=$(mktemp "${TMPDIR:-/tmp}/vecsteward-apt.XXXXXX.log")
    {
        "${AS_ROOT[@]}" apt-get update &&
            "${AS_ROOT[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends "${missing[@]}"
    } >"$log" 2>&1 </dev/null || status=$?
    if ((status != 0)); then
        show_log apt "$log"
        rm -f "$log"
        fail "apt-get could not install ${missing[*]}"
    fi
    rm -f "$log"
}

# become_root BY_HAND: sets AS_ROOT to what runs a command as root; BY_HAND is what a person would type instead.
become_root() {
    AS_ROOT=()
    if ((EUID == 0)); then
        return
    fi
    if ! command -v sudo >/dev/null; then
        fail "this needs root, and there is no sudo" "As root: $1"
    fi
    AS_ROOT=(sudo)
    say "(sudo may ask for your password)"
}

update_package_lists() {
    become_root "apt-get update"
    if ! quietly apt-update "${AS_ROOT[@]}" apt-get update; then
        fail "apt-get could not fetch the lists of packages"
    fi
}

# Sets CACHE to the folder for what is fetched once, and makes it.
open_cache() {
    if [[ -n ${VECSTEWARD_CACHE:-} ]]; then
        CACHE=$VECSTEWARD_CACHE
    elif ((EUID == 0)); then
        CACHE=/var/cache/vecsteward
    else
        CACHE=${XDG_CACHE_HOME:-$HOME/.cache}/vecsteward
    fi
    # The servers run as another user when this is root, who must be able to read them.
    umask 022
    mkdir -p "$CACHE"
    CACHE=$(cd "$CACHE" && pwd)
}

require_swift() {
    local version
    if ! command -v swift >/dev/null; then
        fail "there is no swift in PATH, and vecsteward needs Swift 6.1 or newer" \
            "How to install it: https://www.swift.org/install/linux/"
    fi
    version=$(swift --version 2>/dev/null | sed -n 's/.*Swift version \([0-9]*\.[0-9]*\).*/\1/p' | head -n 1)
    if [[ -z $version ]]; then
        fail "\`swift --version\` prints no version; is $(command -v swift) the Swift compiler?"
    fi
    if ((${version%%.*} < 6 || (${version%%.*} == 6 && ${version#*.} < 1))); then
        fail "this is Swift $version, and vecsteward needs Swift 6.1 or newer" \
            "How to install it: https://www.swift.org/install/linux/"
    fi
}
