# shellcheck shell=bash
# Founding: tokens, people, genesis, keeper and daemon, root, issuing CA, signers. Sourced by the
# quickstart behind demo/lib.sh.

# A demonstration that runs is stopped cleanly; its data go, and nothing else.
demo_clear() {
    [ ${#run} -le 75 ] || fail "$run is too long a path for Unix sockets: clone to a shorter one"
    own_users=no
    . demo/processes.sh
    everything_stop
    rm -rf "$run" demo/env
    mkdir -p "$run"/{log,pids,bin,policy,ceremony,input,signed,receipts}
    chmod 711 "$run"
}

demo_build() {
    [ -f "$build/build.ninja" ] || meson setup "$build" -Dtests=false || return 1
    ninja -C "$build"
}

# --- Choices that last as long as the authority: ports, users ------------------------------------

# The first port from this one on that nobody listens at.
port_find() {
    local port=$1
    while port_answers "$port" 2>/dev/null; do port=$((port + 1)); done
    echo "$port"
}

# Users of the system for keeper and daemon: only root can have them, and only in a place that other
# users can reach.
users_make() {
    local user
    own_users=no
    [ "$(id -u)" -eq 0 ] && setpriv --reuid 65534 --regid 65534 --clear-groups -- test -x "$run" &&
        setpriv --reuid 65534 --regid 65534 --clear-groups -- test -r "$PWD/meson.build" ||
        return 0
    getent group sealward-officers >/dev/null || groupadd --system sealward-officers
    for user in sealward-keeper sealwardd; do
        getent passwd "$user" >/dev/null ||
            useradd --system --user-group --no-create-home --home-dir /nonexistent \
                --shell /usr/sbin/nologin "$user"
    done
    usermod --append --groups sealward-keeper sealwardd
    usermod --append --groups sealward-officers sealward-keeper
    own_users=yes
}

settings_make() {
    port=$(port_find 8443)
    ci_port=$(port_find $((port + 1)))
    plain_port=$(port_find $((ci_port + 1)))
    users_make
    cat >"$run/settings" <<END
port=$port
ci_port=$ci_port
plain_port=$plain_port
server=https://127.0.0.1:$port
own_users=$own_users
END
    . "$run/settings"
    . demo/processes.sh
}

# Folders of keeper and daemon, each entered by its own user alone.
folders_make() {
    mkdir -p "$run/keeper/tokens" "$run/daemon" "$run/public" "$run/sock"
    chmod 700 "$run/keeper" "$run/daemon"
    if [ "$own_users" = yes ]; then
        chown -R sealward-keeper: "$run/keeper" "$run/sock"
        chown -R sealwardd: "$run/daemon" "$run/public"
    fi
}

# --- Tokens, people, the outer world -------------------------------------------------------------

tokens_make() {
    local label
    cat >"$run/keeper/softhsm2.conf" <<END
directories.tokendir = $run/keeper/tokens
objectstore.backend = file
log.level = ERROR
END
    (umask 077 && openssl rand -hex 8 >"$run/keeper/pin")
    [ "$own_users" = no ] || chown sealward-keeper: "$run/keeper/pin"
    for label in sealward-signing sealward-log sealward-root; do
        # The PINs stand in this tool's arguments for a moment: softhsm2-util knows no other way.
        SOFTHSM2_CONF=$run/keeper/softhsm2.conf "${as_keeper[@]}" softhsm2-util --init-token --free \
            --label "$label" --pin "$(cat "$run/keeper/pin")" --so-pin "$(openssl rand -hex 8)"
    done
}

person_key() { ssh-keygen -q -N '' -C "$1" -t "$2" -f "$run/people/$1/$3"; }

people_make() {
    local person
    for person in "${people[@]}"; do mkdir -p -m 700 "$run/people/$person"; done
    person_key officer-1 ed25519 id
    person_key officer-2 ecdsa id
    person_key officer-2 ed25519 spare
    person_key officer-3 rsa id
    person_key approver-1 ed25519 id
    person_key release-engineer ecdsa id
    person_key team-lead ed25519 id
    for person in "${people[@]}"; do
        cp "$run/people/$person/id.pub" "$run/policy/$person.pub"
    done
    cp "$run/people/officer-2/spare.pub" "$run/policy/officer-2-spare.pub"
    agents_start
}

issuer_make() {
    python3 demo/issuer.py prepare "$run/ci" "$ci_port"
    cp "$run/ci/jwks.json" "$run/policy/"
    issuer_start
}

# A CA of the daemon's own, for its TLS alone; clients pin it.
tls_make() {
    local folder=$run/daemon
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 \
        -subj "/CN=Demonstration TLS CA" -keyout "$folder/ca.key" -out "$run/ca.pem" \
        -addext keyUsage=critical,keyCertSign -addext basicConstraints=critical,CA:true
    openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
        -subj /CN=localhost -keyout "$folder/tls.key" -out "$folder/tls.csr"
    openssl x509 -req -in "$folder/tls.csr" -CA "$run/ca.pem" -CAkey "$folder/ca.key" -days 3650 \
        -extfile <(echo "subjectAltName=DNS:localhost,IP:127.0.0.1") -out "$folder/tls.pem"
    rm "$folder/ca.key" "$folder/tls.csr"
    chmod 600 "$folder/tls.key"
    [ "$own_users" = no ] || chown sealwardd: "$folder"/tls.*
}

# --- Genesis -------------------------------------------------------------------------------------

# The authority's id, of which every client is told by its founders.
authority_hex() {
    python3 -c 'import base64,json,sys
print(base64.b64decode(json.load(open(sys.argv[1]))["authority"]).hex())' "$run/founded.json"
}

genesis_plan() {
    sed "s/@CI_PORT@/$ci_port/" demo/policy.yaml >"$run/policy/policy.yaml"
    cat >"$run/policy/genesis.yaml" <<END
origin: demo.example/log
base_url: http://127.0.0.1:$plain_port
arc: 1.3.6.1.4.1.32473
demonstration: true
founders: [officer-1, officer-2]
recovery: { people: [officer-1, officer-2, officer-3], count: 2 }
policy: policy.yaml
END
    keeper --prepare --log-token sealward-log --log-pin-file "$run/keeper/pin" \
        >"$run/policy/log-key.json"
    sealward genesis plan --names "$run/policy/names" --log-key "$run/policy/log-key.json" \
        --out "$run/policy/genesis" "$run/policy/genesis.yaml"
}

genesis_sign() {
    local founder
    for founder in officer-1 officer-2; do
        act-as "$founder" sealward genesis sign --yes --out "$run/policy/genesis.$founder" \
            "$run/policy/genesis"
    done
    sealward genesis assemble --out "$run/policy/genesis.json" "$run/policy/genesis" \
        "$run/policy/genesis.officer-1" "$run/policy/genesis.officer-2"
}

keeper_found() {
    local genesis=$run/sock/genesis.json
    cp "$run/policy/genesis.json" "$genesis"
    keeper --found "$genesis" --journal "$run/keeper/journal" --log-token sealward-log \
        --log-pin-file "$run/keeper/pin" >"$run/founded.json"
    rm "$genesis"
    keeper_start --first
    daemon_start --first
}

authority_pin() {
    sealward authority pin --expect "$(authority_hex)" --out "$SEALWARD_AUTHORITY"
    sealward names publish
}

# --- Decisions: one officer proposes, two others approve -----------------------------------------

# decide PROPOSER COMMAND...: files a proposal, and has the two other officers approve it.
decide() {
    local proposer=$1 officer leaf
    shift
    leaf=$(act-as "$proposer" "$@" | tee /dev/stderr | awk '$1 == "leaf" { print $2 }')
    for officer in officer-1 officer-2 officer-3; do
        [ "$officer" = "$proposer" ] || act-as "$officer" sealward approve --yes "$leaf"
    done
}

# --- Root, issuing CA, signers -------------------------------------------------------------------

# ceremony KIND: the root's token, opened by the keeper's program alone, with no daemon.
ceremony() {
    local out=$run/keeper/ceremony file
    keeper --ceremony "$1" --record "$run/public" --authority "$SEALWARD_AUTHORITY" --out "$out" \
        --root-token sealward-root --root-pin-file "$run/keeper/pin" \
        --subject "Example Root" Example DE
    cp "$out"/* "$run/ceremony/"
}

root_make() {
    local founder
    ceremony root
    for founder in officer-1 officer-2; do
        act-as "$founder" sealward ceremony sign --yes --out "$run/ceremony/$founder.sig" \
            "$run/ceremony/ceremony.json"
    done
    sealward ceremony submit "$run/ceremony/ceremony.json" "$run/ceremony/officer-1.sig" \
        "$run/ceremony/officer-2.sig"
    sealward certificate show root --out "$SEALWARD_DEMO_ROOT"
}

# patiently COMMAND...: until it succeeds; what officers have decided, the keeper does by itself.
patiently() {
    local end=$((SECONDS + 60))
    until "$@"; do
        [ $SECONDS -lt $end ] || return 1
        sleep 0.1
    done
}

# key_of SIGNER|--ROLE [STATE]: the id of its key, when there is one (in that state).
key_of() { sealward key show --json | python3 "$demo/key_of.py" "$@"; }

# role_propose OPTION NAME VALIDITY: a key that is for no signer, and its certificate.
role_propose() {
    local key
    decide officer-1 sealward key propose "$1" --token sealward-signing --algorithm p-256
    key=$(patiently key_of "$1")
    decide officer-2 sealward certificate propose "$1" --key-id "$key" \
        --common-name "$2" --organization Example --country DE --validity "$3"
}

issuances_are() { [ "$(sealward log tail --count 100 | grep -c '  issuance  ')" -ge "$1" ]; }

# The root certifies all three in one ceremony.
authorities_make() {
    local file role
    role_propose --issuing-ca "Example Issuing CA" 1825d
    role_propose --timestamp-ca "Example Timestamp CA" 1825d
    role_propose --list "Example Distrust List" 90d
    patiently issuances_are 3
    ceremony certify
    for file in "$run"/ceremony/certificate-*.json; do sealward submit certificate "$file"; done
    for role in --issuing-ca --timestamp-ca --list; do patiently key_of "$role" active; done
}

timestamps_make() {
    role_propose --timestamp "Example Time Stamping" 1090d
    patiently key_of --timestamp active
}

# signer_make SIGNER ALGORITHM PROPOSER
signer_make() {
    local key
    decide "$3" sealward key propose --signer "$1" --token sealward-signing --algorithm "$2"
    key=$(patiently key_of "$1")
    decide "$3" sealward certificate propose --signer "$1" --key-id "$key"
    patiently key_of "$1" active
}

signers_make() {
    signer_make desktop-rsa rsa-3072 officer-3
    signer_make desktop p-256 officer-1
    signer_make package p-256 officer-2
    signer_make image p-256 officer-3
    signer_make board p-256 officer-1
    signer_make nightly p-256 officer-2
}

policy_change() {
    sed '/signer: package,/s/\[app-ci\]/[app-ci, lib-ci]/' "$run/policy/policy.yaml" \
        >"$run/policy/policy-2.yaml"
    sealward policy plan "$run/policy/policy-2.yaml"
    decide officer-2 sealward policy propose "$run/policy/policy-2.yaml"
    mv "$run/policy/policy-2.yaml" "$run/policy/policy.yaml"
}

# --- All of it -----------------------------------------------------------------------------------

environment_write() {
    ln -sf "$build/src/cli/sealward" "$build/src/keeper/sealward-keeper" \
        "$build/src/http/sealwardd" "$build/src/guard/sealward-guard" "$run/bin/"
    sed -e "s#@DEMO@#$demo#g" -e "s#@BUILD@#$build#g" -e "s#@SERVER@#$server#" \
        -e "s#@PLAIN@#http://127.0.0.1:$plain_port#" \
        -e "s#@AUTHORITY@#$(authority_hex 2>/dev/null || true)#" demo/env.in >demo/env
    . demo/env
}

demo_found() {
    settings_make
    folders_make
    environment_write
    if [ "$own_users" = yes ]; then
        users="users sealward-keeper and sealwardd"
    else
        users="both as $(id -un): no users of their own here"
    fi
    step "three SoftHSM tokens: signing, log, root" "keys are made on a token and never leave it" \
        tokens_make
    step "six people with SSH keys in their own agents" "a decision is a signature, not a flag" \
        people_make
    step "a CI service that hands out identity tokens" "pipelines hold no secret that lasts" issuer_make
    step "a TLS certificate for the daemon" "the only private key that the daemon has" tls_make
    heading "Founding"
    step "genesis planned: policy, log key, origin" "entry 0 names everything that counts" \
        genesis_plan
    step "signed by officer-1 and officer-2" "no one person founds an authority" genesis_sign
    step "keeper and daemon started" "$users" keeper_found
    step "authority pinned by every client" "all else is checked from this one id" authority_pin
    environment_write
    step "root made in a ceremony, founders sign it" "its token is opened by nothing else" root_make
    step "issuing CA, timestamp CA, distrust list: certified" "the root signs what the record shows" \
        authorities_make
    step "time stamping, by an issuing CA of its own" "what is signed outlives its certificate" \
        timestamps_make
    step "six signers: keys and certificates, likewise" "each made and issued by two approvals" \
        signers_make
    step "policy changed: lib may sign packages as well" "under the policy in force, by 3 people" \
        policy_change
}
