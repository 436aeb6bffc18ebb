# shellcheck shell=bash disable=SC2034 # some of the names are for those who source it
# What the commands beside this file share; they source it. It names places, installs what is missing, and makes,
# starts and stops clusters. Nothing happens by sourcing alone.
set -euo pipefail

# Where the checkout is, and where everything that ops/up makes is kept.
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
state=$root/.traveler
binary=$root/.build/release/traveler

say() { printf '%s\n' "$*" >&2; }
# Exit codes are those of the traveler command: 1 refused or failed, 2 wrong usage or a machine that lacks something.
die() { say "ops/${0##*/}: $*"; exit 1; }
usage() { say "ops/${0##*/}: $*"; exit 2; }

# --- what the machine needs ------------------------------------------------------------------------------------------

need_swift() {
    local version
    version=$(swift --version 2>/dev/null | sed -n 's/.*Swift version \([0-9]*\.[0-9]*\).*/\1/p' | head -n 1) || true
    [[ -n $version && $(printf '6.2\n%s\n' "$version" | sort -V | head -n 1) == 6.2 ]] && return
    say "Traveler is built by Swift 6.2 or newer, and ${version:+this machine has only $version}${version:-there is none here}."
    say "Install it as https://www.swift.org/install/linux/ says, see that \`swift --version\` answers, then run this again."
    exit 2
}

missing=()
# need COMMAND PACKAGE: the package goes on the list if the command is not there.
need() { command -v "$1" >/dev/null || missing+=("$2"); }

# Installs what is on the list, by apt-get, as root or through sudo.
install_missing() {
    ((${#missing[@]})) || return 0
    local as_root=() packages="${missing[*]}"
    missing=()
    command -v apt-get >/dev/null || usage "please install what these Debian packages hold: $packages"
    if ((EUID != 0)); then
        command -v sudo >/dev/null || usage "as root, please: apt-get install $packages"
        as_root=(sudo)
    fi
    say "Installing $packages"
    if [[ -z ${lists_are_fresh:-} ]]; then
        "${as_root[@]}" apt-get update -qq >&2 || say "the package lists could not be refreshed; going on with those at hand"
        lists_are_fresh=1
    fi
    # shellcheck disable=SC2086 # the names are words
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends \
        -o DPkg::Lock::Timeout=120 $packages </dev/null >&2 || usage "could not install: $packages"
}

# find_postgres DATA: sets pgbin to the programs of the server that made the cluster in DATA, or of the newest one where
# there is no cluster yet, and pgversion to its major version.
find_postgres() {
    local bin version made=''
    pgbin='' pgversion=14
    [[ ! -r $1/PG_VERSION ]] || made=$(<"$1/PG_VERSION")
    for bin in /usr/lib/postgresql/*/bin; do
        version=$(basename "$(dirname "$bin")")
        [[ -x $bin/postgres && $version =~ ^[0-9]+$ ]] || continue
        if ((version > pgversion)) && [[ -z $made || $made == "$version" ]]; then
            pgbin=$bin pgversion=$version
        fi
    done
    [[ -n $pgbin ]]
}

need_postgres() {
    find_postgres none || missing+=(postgresql)
    pkg-config --exists libpq 2>/dev/null || missing+=(libpq-dev)
    need pkg-config pkg-config
    need setpriv util-linux
    [[ -e /usr/share/zoneinfo/UTC ]] || missing+=(tzdata)
    install_missing
    find_postgres none || usage "PostgreSQL 15 or newer is needed, and this system's own is older: see https://www.postgresql.org/download/linux/"
}

# --- clusters --------------------------------------------------------------------------------------------------------

# Runs a command as whoever may run a server: Postgres refuses to be root, so root lends it to the system user postgres.
as_postgres() {
    if ((EUID == 0)); then
        (cd / && HOME=/ exec setpriv --reuid=postgres --regid=postgres --init-groups -- "$@")
    else
        "$@"
    fi
}

# postgres_directory PATH MODE: a directory that the server's user owns; refuses one that is somebody else's.
postgres_directory() {
    local owner=$EUID
    ((EUID != 0)) || owner=$(id -u postgres)
    mkdir -p "$(dirname "$1")"
    mkdir -m "$2" "$1" 2>/dev/null && chown "$owner" "$1"
    [[ ! -L $1 && $(stat -c %u "$1") == "$owner" ]] || die "$1 belongs to somebody else"
}

# make_cluster DATA SOCKET AUTH [SETTING...]: a private cluster that answers on one Unix socket and nowhere else.
# AUTH is scram-sha-256 (the superuser's password is on standard input) or trust (for a socket that only its owner
# can reach). Settings are written again at every call, so that a checkout's new ones take effect.
make_cluster() {
    local data=$1 socket=$2 auth=$3
    shift 3
    postgres_directory "$data" 700
    if [[ ! -e $data/PG_VERSION ]]; then
        local secret
        secret=$(mktemp)
        cat >"$secret"
        ((EUID != 0)) || chown postgres "$secret"
        as_postgres "$pgbin/initdb" -D "$data" -U postgres --encoding=UTF8 --locale=C.UTF-8 --data-checksums \
            --auth-local="$auth" --auth-host=reject --pwfile="$secret" >/dev/null || { rm -f "$secret" && die "initdb failed"; }
        rm -f "$secret"
        # shellcheck disable=SC2016 # the server's own file, not ours, expands nothing
        printf "\ninclude 'traveler.conf'\n" | as_postgres tee -a "$data/postgresql.conf" >/dev/null
    fi
    {
        cat "$root/ops/postgresql.conf"
        printf "listen_addresses = ''\nport = 5432\nunix_socket_directories = '%s'\n" "$socket"
        ((!$#)) || printf '%s\n' "$@"
    } | as_postgres tee "$data/traveler.conf" >/dev/null
}

cluster_runs() { as_postgres "$pgbin/pg_ctl" status -D "$1" >/dev/null 2>&1; }

# start_cluster DATA SOCKET: does nothing where it runs already. The server keeps none of our open files.
start_cluster() {
    postgres_directory "$2" "${3:-755}"
    cluster_runs "$1" && return
    as_postgres "$pgbin/pg_ctl" start -w -t 120 -D "$1" -l "$1/postgres.log" >/dev/null 2>&1 9>&- </dev/null && return
    as_postgres tail -n 20 "$1/postgres.log" >&2 || true
    die "the cluster in $1 did not start"
}

stop_cluster() {
    cluster_runs "$1" || return 0
    as_postgres "$pgbin/pg_ctl" stop -w -m fast -D "$1" >/dev/null
}

# temporary_cluster NAME [SETTING...]: a cluster that lasts as long as the command, in a directory that place then names.
# Nothing in it outlives the run, so nothing waits for a disk; its socket is its owner's alone, so any role may sign in
# there without a password.
temporary_cluster() {
    local name=$1
    shift
    place=$(mktemp -d "${TMPDIR:-/tmp}/traveler-$name.XXXXXX")
    chmod 755 "$place"
    trap end_temporary_cluster EXIT
    trap 'exit 1' INT TERM HUP
    make_cluster "$place/cluster" "$place/socket" trust 'fsync = off' 'synchronous_commit = off' \
        'full_page_writes = off' 'log_min_duration_statement = -1' "$@" <<<unused
    start_cluster "$place/cluster" "$place/socket" 700
}

end_temporary_cluster() {
    stop_cluster "$place/cluster" || true
    rm -rf "$place"
}

# uri ROLE DATABASE: how to reach the temporary cluster.
uri() { printf 'postgresql://%s@/%s?host=%s&port=5432' "$1" "$2" "$place/socket"; }

# --- what ops/up keeps -----------------------------------------------------------------------------------------------

# Sets data and socket: both under .traveler, unless the server could not live there. A socket's path holds at most
# 107 bytes and stands in a URI, and root's home, say, is closed to the user who runs the server.
place_cluster() {
    local mark
    mark=$(printf %s "$root" | cksum | cut -d ' ' -f 1)
    data=$state/cluster socket=$state/socket
    mkdir -p "$state"
    if ! as_postgres test -x "$state"; then
        data=/var/lib/traveler-$mark/cluster socket=/tmp/traveler-$mark
    elif ((${#socket} > 85)) || [[ ! $socket =~ ^[A-Za-z0-9/._+-]+$ ]]; then
        socket=/tmp/traveler-$mark
    fi
    printf 'data %s\nsocket %s\n' "$data" "$socket" >"$state/places"
}

random_word() { od -An -N24 -tx1 /dev/urandom | tr -d ' \n'; }

# Passwords are made once per checkout and kept for its owner alone.
load_passwords() {
    if [[ ! -s $state/passwords ]]; then
        (
            umask 077
            for who in postgres migrator service worker watchdog backup; do
                printf '%s_password=%s\n' "$who" "$(random_word)"
            done >"$state/passwords.new"
        )
        mv "$state/passwords.new" "$state/passwords"
    fi
    # shellcheck disable=SC1091 # made above
    . "$state/passwords"
}

# Whether the database is one that the caller named rather than the private cluster.
database_is_given() { [[ -n ${TRAVELER_DATABASE_URL:-} ]]; }

# Puts the private cluster's settings into the environment; a database that the caller named is left alone.
load_environment() {
    export TRAVELER_SQL_DIR=${TRAVELER_SQL_DIR:-$root/sql}
    database_is_given && return
    [[ -r $state/environment ]] || die "there is no cluster of this checkout yet: run ops/up first"
    set -a
    # shellcheck disable=SC1091 # made by ops/up
    . "$state/environment"
    set +a
}

# running_pid NAME COMMAND: the pid in NAME.pid, only while that process is still `traveler COMMAND`.
running_pid() {
    local pid
    pid=$(cat "$state/$1.pid" 2>/dev/null) && [[ $pid =~ ^[0-9]+$ ]] || return 1
    [[ $(tr '\0' ' ' 2>/dev/null <"/proc/$pid/cmdline") == *traveler\ $2* ]] && printf '%s' "$pid"
}

# Asks a process of ours to finish what it has begun, and waits for its end.
stop_running() {
    local pid
    if pid=$(running_pid "$1" "$2"); then
        kill -TERM "$pid"
        for _ in {1..300}; do
            [[ -e /proc/$pid ]] || break
            sleep 0.1
        done
        [[ ! -e /proc/$pid ]] || kill -KILL "$pid" 2>/dev/null || true
    fi
    rm -f "$state/$1.pid"
}

stop_service() { stop_running service serve; }
stop_worker() { stop_running worker work; }
