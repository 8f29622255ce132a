# shellcheck shell=bash
# Where the scripts keep what takes long to make.

# The folder, made where there is none.
cache_folder() {
    local cache
    if [[ -n ${VECSTEWARD_CACHE:-} ]]; then
        cache=$VECSTEWARD_CACHE
    elif ((EUID == 0)); then
        cache=/var/cache/vecsteward
    else
        cache=${XDG_CACHE_HOME:-$HOME/.cache}/vecsteward
    fi
    # Other users run programs from there.
    (umask 022 && mkdir -p "$cache" && cd "$cache" && pwd)
}
