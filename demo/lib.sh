# shellcheck shell=bash
# What quickstart, demo/start and demo/stop share: where things are, one line a step, processes that
# are started and ended by their own pid files. Sourced by bash, from the repository's top folder.

demo=$PWD/demo
run=$demo/run
log=$run/log
build=$PWD/build-quickstart
people=(officer-1 officer-2 officer-3 approver-1 release-engineer team-lead)

# --- One line a step -----------------------------------------------------------------------------

if [ -t 1 ] && [ -z "${NO_COLOR:-}" ]; then
    bold=$'\e[1m' green=$'\e[32m' red=$'\e[31m' dim=$'\e[2m' plain=$'\e[0m'
else
    bold='' green='' red='' dim='' plain=''
fi

heading() { printf '\n%s%s%s\n' "$bold" "$*" "$plain"; }

seconds_since() { echo $(($(date +%s) - $1)); }

fail() {
    printf '%sfailed%s  %s\n' "$red" "$plain" "$*" >&2
    exit 1
}

# The end of what the last command said, for somebody who has to find out what went wrong.
show_output() { tail -n 12 "$log/last" | cut -c 1-200 | sed 's/^/        /' >&2; }

# logged COMMAND...: runs it in a shell of its own, so that its first error ends it; sets `code`. What
# it says goes into log/last and log/steps, the command itself too. To be called plainly: behind `if`
# or `||`, bash does not end at errors.
logged() {
    printf '\n## %s\n' "$*" >>"$log/steps"
    set +e
    (
        set -e
        "$@"
    ) >"$log/last" 2>&1 </dev/null
    code=$?
    set -e
    cat "$log/last" >>"$log/steps"
}

# step WHAT WHY COMMAND...: must succeed.
step() {
    local what=$1 why=$2 code
    shift 2
    logged "$@"
    if [ $code -ne 0 ]; then
        printf '%sfailed%s  %s\n' "$red" "$plain" "$what" >&2
        show_output
        exit 1
    fi
    printf '%sok%s  %-50s %s%s%s\n' "$green" "$plain" "$what" "$dim" "$why" "$plain"
}

# refused RULE WHAT WHY COMMAND...: must fail, and say that rule; anything else fails the quickstart.
refused() {
    local rule=$1 what=$2 why=$3 code
    shift 3
    logged "$@"
    if [ $code -eq 0 ]; then
        fail "$what: this went through, and must not"
    elif ! grep -q "rule: $rule\$" "$log/last"; then
        printf '%sfailed%s  %s: refused, but not by the rule %s\n' "$red" "$plain" "$what" "$rule" >&2
        show_output
        exit 1
    fi
    printf '%sno%s  %-35s %s%-25s%s %s\n' "$green" "$plain" "$what" "$dim" "$why" "$plain" "$rule"
}

# --- Processes -----------------------------------------------------------------------------------

# When the process began, in clock ticks since boot: with its id that names it for good. Nothing if
# there is no such process.
process_birth() {
    local stat
    stat=$(cat "/proc/$1/stat" 2>/dev/null) || return 0
    set -- ${stat##*) }
    echo "${20}"
}

# process_start NAME COMMAND...
process_start() {
    local name=$1 pid
    shift
    printf '\n$' >>"$log/steps"
    printf ' %q' "$@" >>"$log/steps"
    printf ' &\n' >>"$log/steps"
    setsid "$@" >>"$log/$name.log" 2>&1 </dev/null &
    pid=$!
    echo "$pid $(process_birth "$pid")" >"$run/pids/$name"
}

process_runs() {
    local pid birth
    [ -f "$run/pids/$1" ] || return 1
    read -r pid birth <"$run/pids/$1"
    [ -n "$birth" ] && [ "$(process_birth "$pid")" = "$birth" ]
}

# Asks it to end and waits until it has; only if it is still the one that was started here.
process_stop() {
    local pid birth i
    if process_runs "$1"; then
        read -r pid birth <"$run/pids/$1"
        kill "$pid"
        for ((i = 0; i < 600; i++)); do
            process_runs "$1" || break
            sleep 0.05
        done
        ! process_runs "$1" || fail "$1 (process $pid) does not end"
    fi
    rm -f "$run/pids/$1"
}

# wait_until SECONDS NAME COMMAND...: until it succeeds, as long as process NAME runs.
wait_until() {
    local end=$(($(date +%s) + $1)) name=$2
    shift 2
    until "$@" >/dev/null 2>&1; do
        if ! process_runs "$name"; then
            tail -n 5 "$log/$name.log" | cut -c 1-300 | sed 's/^/        /' >&2
            fail "$name has ended"
        fi
        [ "$(date +%s)" -lt "$end" ] || fail "$name does not answer"
        sleep 0.05
    done
}
