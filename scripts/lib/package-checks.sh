# shellcheck shell=bash
# Checks the Debian package. Needs console.sh, and SCRATCH.

# Everything that the package may need, each with what Debian 12 has of it. The package of systemd makes the user.
declare -A MAY_NEED=(
    [libc6]=2.36
    [libgcc-s1]=12.2
    [libpq5]=15
    [libstdc++6]=12.2
    [libsystemd0]=252
    ["systemd | systemd-standalone-sysusers | systemd-sysusers"]=any
)

# check_package FILE: ends the script where something about the package is wrong.
check_package() {
    local root=$SCRATCH/package-root
    quietly unpack dpkg-deb --extract "$1" "$root" || fail "the package cannot be unpacked"
    check_contents "$1"
    check_dependencies "$1"
    check_program "$1" "$root"
    check_lintian "$1"
    check_units "$root"
}

# All files, with mode and owner. A list and not a pattern, so that nothing comes in, or is lost, without being seen.
check_contents() {
    local differences
    differences=$(diff <(sort scripts/lib/package-contents.txt) <(package_contents "$1" | sort)) ||
        fail "the package does not contain what scripts/lib/package-contents.txt lists (<: listed, >: contained)" "$differences"
}

# What of the documentation is large enough to be compressed is not for the list to say.
package_contents() {
    dpkg-deb --contents "$1" | awk '!/^d/ { print $1, $2, substr($6, 2) }' |
        sed -e '/\/usr\/share\/\(doc\|man\)\//s/\.gz$//'
}

check_dependencies() {
    local needed=() dependency name version
    IFS=, read -r -a needed < <(dpkg-deb --field "$1" Pre-Depends Depends | sed 's/^[A-Za-z-]*: //' | paste --serial --delimiters=,)
    for dependency in "${needed[@]}"; do
        dependency=${dependency# }
        name=${dependency%% (*}
        if [[ ! -v MAY_NEED[$name] ]]; then
            fail "the package needs $name, and may need only: $(printf '%s, ' "${!MAY_NEED[@]}")"
        fi
        version=$(sed -n 's/.*(>= \(.*\))$/\1/p' <<<"$dependency")
        if [[ -n $version ]] && dpkg --compare-versions "$version" gt "${MAY_NEED[$name]}.999"; then
            say "It needs $dependency, which Debian 12 does not have: to be installed there it has to be made there"
        fi
    done
    for name in libc6 libpq5; do
        if [[ ! " ${needed[*]} " =~ \ $name\  ]]; then
            fail "the package does not need $name, so what does it contain?" "Depends: ${needed[*]}"
        fi
    done
}

# The program in it runs, says the version that it is packaged as, and has no symbols.
check_program() {
    local program=$2/usr/bin/vecsteward version said
    version=$(dpkg-deb --field "$1" Version)
    said=$("$program" --version) || fail "the program in the package does not run"
    if [[ $version != "${said##* }"* ]]; then
        fail "the package is version $version, and the program in it says $said"
    fi
    if readelf --sections --wide "$program" | grep -qE '\.(symtab|debug_info)'; then
        fail "the program in the package is not stripped"
    fi
}

check_lintian() {
    local options=(--fail-on error --tag-display-limit 0)
    if ((EUID == 0)); then
        options+=(--allow-root)
    fi
    # It shows warnings too, and those are worth reading, but only errors are a reason not to have a package.
    interruptibly lintian "${options[@]}" "$1" >&2 || fail "lintian finds an error"
}

# The units name programs of other packages, and units of systemd.
check_units() {
    local program
    for program in install sh; do
        install --mode=0755 /dev/null "$1/usr/bin/$program"
    done
    [[ -e $1/bin ]] || ln -s usr/bin "$1/bin"
    cp --archive --no-clobber /usr/lib/systemd/system/. "$1/usr/lib/systemd/system"
    interruptibly scripts/lib/check-units "$1" || fail "the units are not as they should be"
}
