# shellcheck shell=bash
# The demonstration's processes: people's agents, the CI service, keeper and daemon. Sourced behind
# demo/lib.sh and the settings that the quickstart has written (demo/run/settings).

module=/usr/lib/softhsm/libsofthsm2.so

# As in an installation, keeper and daemon have users of their own, where that can be had (root, and
# a folder that others can reach); else everything is the user who started the quickstart.
as_keeper=() as_daemon=()
if [ "$own_users" = yes ]; then
    as_keeper=(setpriv --reuid sealward-keeper --regid sealward-keeper --init-groups --)
    as_daemon=(setpriv --reuid sealwardd --regid sealwardd --init-groups --)
fi

token_options=(--module "$module" --setting "SOFTHSM2_CONF=$run/keeper/softhsm2.conf"
    --readable /usr --readable /etc --readable "$run/keeper" --writable "$run/keeper/tokens")

# keeper OPTION...: one act of the keeper's program (founding, a ceremony), as its user.
keeper() { "${as_keeper[@]}" "$build/src/keeper/sealward-keeper" "$@" "${token_options[@]}"; }

port_answers() { : <"/dev/tcp/127.0.0.1/$1"; }

# Everybody has an agent of their own, as on a machine of their own.
agents_start() {
    local person key
    for person in "${people[@]}"; do
        rm -f "$run/people/$person/agent"
        process_start "agent-$person" ssh-agent -D -a "$run/people/$person/agent"
    done
    for person in "${people[@]}"; do
        wait_until 10 "agent-$person" test -S "$run/people/$person/agent"
        for key in "$run/people/$person"/*.pub; do
            SSH_AUTH_SOCK=$run/people/$person/agent ssh-add -q "${key%.pub}"
        done
    done
}

issuer_start() {
    process_start issuer python3 "$demo/issuer.py" serve "$run/ci"
    wait_until 20 issuer port_answers "$ci_port"
}

# keeper_start [--first]
keeper_start() {
    local officers=()
    [ "$own_users" = no ] || officers=(--officer-group sealward-officers)
    rm -f "$run/sock/keeper" "$run/sock/brake"
    process_start keeper "${as_keeper[@]}" "$build/src/keeper/sealward-keeper" \
        --journal "$run/keeper/journal" --socket "$run/sock/keeper" --brake "$run/sock/brake" \
        "${officers[@]}" --token sealward-signing --pin-file "$run/keeper/pin" \
        --log-token sealward-log --log-pin-file "$run/keeper/pin" "${token_options[@]}" "$@"
    wait_until 20 keeper test -S "$run/sock/keeper"
}

daemon_healthy() {
    python3 -c 'import ssl, sys, urllib.request as request
trust = request.HTTPSHandler(context=ssl.create_default_context(cafile=sys.argv[2]))
request.build_opener(request.ProxyHandler({}), trust).open(sys.argv[1])' \
        "$server/healthz" "$run/ca.pem"
}

# daemon_start [--first]
daemon_start() {
    process_start daemon "${as_daemon[@]}" "$build/src/http/sealwardd" --keeper "$run/sock/keeper" \
        --state "$run/daemon/state" --public "$run/public" --listen "127.0.0.1:$port" \
        --tsa-listen "127.0.0.1:$plain_port" --tls-cert "$run/daemon/tls.pem" --tls-key "$run/daemon/tls.key" "$@"
    wait_until 30 daemon daemon_healthy
}

# Two machines that decide whether software may run.
guards_start() {
    local name
    for name in workstation-1 workstation-2; do
        process_start "guard-$name" "$build/src/guard/sealward-guard" run \
            --folder "$run/guards/$name" --ca "$run/ca.pem" --interval 1
    done
}

everything_stop() {
    local name
    [ -d "$run/pids" ] || return 0
    process_stop daemon
    process_stop keeper
    for name in "$run"/pids/*; do
        [ ! -f "$name" ] || process_stop "$(basename "$name")"
    done
}
