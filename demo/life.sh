# shellcheck shell=bash
# The life of certificates: owned, expiring, moved, compromised, distrusted, replaced. Sourced by the
# quickstart behind demo/attempts.sh.

# --- A certificate that lasts a minute -----------------------------------------------------------

nightly_sign() {
    act-as lib sealward run --signer nightly --artifact "$run/input/$tarball" -- \
        "${cms[@]}" -in "$run/input/$tarball" -out "$run/signed/nightly.p7s"
}

# A grant that is open for longer than the certificate, and a request under it that is good now.
nightly_hold() {
    python3 "$demo/replay.py" hold "$SEALWARD_DEMO_KEEPER" "$SEALWARD_AUTHORITY" "$run/ci" lib \
        nightly-release "$(key_of nightly)" "$run/input/$tarball" "$run/nightly.json"
}

# Milliseconds until the newest certificate with that text in its subject ends.
certificate_left() {
    sealward certificate show --json | python3 -c 'import json, sys, time
print(max(c["not_after"] for c in json.load(sys.stdin)["certificates"] if sys.argv[1] in c["subject"])
      - round(time.time() * 1000))' "$1"
}

# Done as late as can be: most of the minute has passed with other things.
nightly_over() {
    local left
    left=$(certificate_left "CN=Example Nightly")
    [ "$left" -lt -1000 ] || sleep "$(((left + 1999) / 1000))"
    python3 "$demo/replay.py" send "$SEALWARD_DEMO_KEEPER" "$run/nightly.json"
}

# --- The owner leaves ----------------------------------------------------------------------------

owner_leave() {
    sed -i '/^  # Owns the packages/d; /^  team-lead:/d' "$SEALWARD_DEMO_POLICY"
    decide officer-1 sealward policy propose "$SEALWARD_DEMO_POLICY"
    sealward ownership show
}

# Its grace is a second in this policy.
orphan_sign() {
    sleep 1.2
    package_run lib -- "${cms[@]}" -in "$run/input/$tarball" -out "$run/signed/orphan.p7s"
}

ownership_take() {
    decide officer-1 sealward ownership take package --owner officer-3 --deputy officer-2
    decide officer-1 sealward resume key "$(key_of package)"
    sed -i '/^  package:/,/^ *algorithm:/{s/deputy: officer-3/deputy: officer-2/; s/owner: team-lead/owner: officer-3/}' \
        "$SEALWARD_DEMO_POLICY"
}

owned_sign() {
    package_run lib -- "${cms[@]}" -in "$run/input/$tarball" -out "$run/signed/owned.p7s"
}

# --- The pipeline moves --------------------------------------------------------------------------

# moved_sign FOLDER: its signed loader and its receipt stand there.
moved_sign() {
    mkdir -p "$run/signed/$1"
    approved approver-1 -- act-as moved sealward run --signer desktop \
        --artifact "$run/input/$loader" --receipts "$run/receipts/$1" -- \
        osslsigncode sign -pkcs11module {module} -key {uri} -certs {cert} -ac {chain} -h sha256 \
        -in "$run/input/$loader" -out "$run/signed/$1/$loader"
}

moved_refused() {
    act-as moved sealward run --signer desktop --artifact "$run/input/$loader" -- true
}

moved_reconfirm() {
    decide officer-1 sealward reconfirm app-ci --claim repository_id=1003
    sed -i 's/repository_id: "1001"/repository_id: "1003"/' "$SEALWARD_DEMO_POLICY"
    # The file says what is in force again.
    says "in force is this one already" sealward policy plan "$SEALWARD_DEMO_POLICY"
}

# --- Endpoints -----------------------------------------------------------------------------------

# guard NAME COMMAND...
guard() {
    local name=$1
    shift
    sealward-guard "$@" --folder "$run/guards/$name"
}

guard_make() {
    guard "$1" init --authority "$SEALWARD_AUTHORITY" --root "$SEALWARD_DEMO_ROOT" --id "$1" \
        --class "$2" --url "$server" --clock-error 1m >"$run/guards/$1.out"
    act-as officer-2 sealward endpoint enroll --yes --class "$2" \
        --public-key "$(sed -n 's/.*--public-key \([^ ]*\).*/\1/p' "$run/guards/$1.out")" "$1"
}

guards_make() {
    local name
    mkdir -p "$run/guards"
    for name in workstation-1 workstation-2 laptop-1; do guard_make "$name" workstation; done
    guard_make gauge-1 field-device
    guards_start
    # The laptop is here once, and then goes on a journey.
    guard laptop-1 run --once --ca "$run/ca.pem"
}

guard_accepts() {
    guard "$1" verify --receipt "$run/receipts/moved/$loader.receipt" "$run/signed/moved/$loader"
}

guards_accept() {
    local name
    for name in workstation-1 workstation-2 laptop-1; do patiently guard_accepts "$name"; done
}

# A verdict, not a failure of another kind.
guard_refuses() {
    local code=0
    guard_accepts "$1" || code=$?
    [ $code -eq 1 ]
}

guards_refuse() {
    local name
    for name in workstation-1 workstation-2; do patiently guard_refuses "$name"; done
    guard_accepts laptop-1
}

# --- Compromise ----------------------------------------------------------------------------------

# certificate_of TEXT FILE: the newest with that text in its subject, as PEM.
certificate_of() {
    local number
    number=$(sealward certificate show | awk -v text="$1" 'index($0, text) { n = $1 } END { print n }')
    sealward certificate show "$number" --out "$2"
}

standby_make() {
    local key
    key_of desktop active >"$run/old-key"
    certificate_of "CN=Example Desktop" "$run/desktop.pem"
    certificate_of "CN=Example Issuing CA" "$run/issuing.pem"
    decide officer-1 sealward key propose --signer desktop --token sealward-signing --algorithm p-256
    key=$(patiently key_of desktop pre-activation)
    decide officer-1 sealward certificate propose --signer desktop --key-id "$key"
    patiently standby_certified "$key"
    decide officer-1 sealward rollover desktop --on-compromise --to "$key"
}

standby_certified() {
    sealward certificate show --json | grep -q "\"key\":\"$1\""
}

blast_radius() { sealward blast-radius key "$(cat "$run/old-key")"; }

what_if() { sealward revoke --what-if key "$(cat "$run/old-key")" --effective 1h; }

# A tool is signing with the key at this very moment.
revoke_while_signing() {
    approved approver-1 -- act-as moved sealward run --signer desktop \
        --artifact "$run/input/$tarball" -- sh -ec "date +%s%3N >'$run/compromised'
        act-as approver-1 sealward revoke --yes key '$(cat "$run/old-key")' --reason keyCompromise \
            --effective 1h --note 'its token was left on a train'
        $(cms_of "$run/input/$tarball" "$run/signed/late.p7s")"
}

# public_fetch URL FILE
public_fetch() {
    python3 -c 'import sys, urllib.request as request
with request.build_opener(request.ProxyHandler({})).open(sys.argv[1]) as answer:
    open(sys.argv[2], "wb").write(answer.read())' "$@"
}

# The CRL of the issuing CA for this quarter, as PEM for tools that want that.
crl_fetch() {
    local url
    url=$(openssl x509 -in "$run/desktop.pem" -noout -ext crlDistributionPoints | sed -n 's/.*URI://p')
    public_fetch "$url" "$run/desktop.crl"
    openssl crl -inform DER -in "$run/desktop.crl" -out "$run/desktop.crl.pem"
}

openssl_verify() {
    crl_fetch
    openssl verify -crl_check -CAfile "$SEALWARD_DEMO_ROOT" -untrusted "$run/issuing.pem" \
        -CRLfile "$run/desktop.crl.pem" "$run/desktop.pem"
}

osslsigncode_verify() {
    crl_fetch
    osslsigncode verify -CAfile "$SEALWARD_DEMO_ROOT" -CRLfile "$run/desktop.crl.pem" \
        -in "$run/signed/moved/$loader"
}

list_verify() {
    public_fetch "http://127.0.0.1:$plain_port/distrust/list" "$run/list"
    sealward verify --list "$run/list" --receipt "$run/receipts/moved/$loader.receipt" \
        "$run/signed/moved/$loader"
}

all_accept() {
    openssl_verify
    osslsigncode_verify
    list_verify
}

# says WORDS COMMAND...: it must fail, saying that.
says() {
    local words=$1
    shift
    if "$@" >"$run/said" 2>&1; then return 1; fi
    cat "$run/said"
    grep -qi "$words" "$run/said"
}

all_refuse() {
    says "certificate revoked" openssl_verify
    says "certificate revoked" osslsigncode_verify
    says "is distrusted" list_verify
}

propagation() { sealward propagation key "$(cat "$run/old-key")"; }

# --- Replacing -----------------------------------------------------------------------------------

standby_sign() {
    moved_sign again
    date +%s%3N >"$run/first-good"
}

campaign() {
    approved approver-1 -- act-as moved sealward resign desktop --files "$run/input" \
        --out "$run/signed/again" --receipts "$run/receipts/again" \
        --with "osslsigncode sign -pkcs11module {module} -key {uri} -certs {cert} -ac {chain} -h sha256 -in {file} -out {out}"
    date +%s%3N >"$run/campaign-done"
}

ledger() {
    act-as moved sealward resign desktop --files "$run/input" --out "$run/signed/again" --status
}

campaign_verify() {
    public_fetch "http://127.0.0.1:$plain_port/distrust/list" "$run/list"
    sealward verify --list "$run/list" "$run/signed/again/$loader"
    sealward verify --list "$run/list" --signature "$run/signed/again/$tarball.p7s" "$run/input/$tarball"
    guard workstation-1 verify "$run/signed/again/$loader"
}

old_key_destroy() {
    local key
    key=$(cat "$run/old-key")
    decide officer-1 sealward destroy "$key"
    patiently old_key_gone "$key"
}

old_key_gone() { sealward key show | grep -q "^$1  destroyed"; }

# Everything from the moment in which somebody knew.
figures() {
    sealward propagation --json key "$(cat "$run/old-key")" >"$run/propagation.json"
    python3 "$demo/figures.py" "$run/propagation.json" "$run/compromised" "$run/first-good" \
        "$run/campaign-done"
}

# shown [LINES]: what a person would see of the last command, cut to the screen.
shown() { head -n "${1:-14}" "$log/last" | sed -E 's/^/    /; s/^(.{109}).{3,}$/\1.../'; }

# --- All of it -----------------------------------------------------------------------------------

demo_life() {
    heading "Owners, pipelines, expiry"
    step "inventory: whose, until when, how often used" "every key has an owner and a deputy" \
        sealward inventory keys
    shown
    step "calendar: what ends, what renews, what needs you" "nothing ends unseen" sealward calendar
    shown 8
    step "the owner of the packages leaves" "the deputy is asked; a second of grace here" owner_leave
    refused signer.orphan "and a package is to be signed" "names who left, and the deputy" orphan_sign
    step "officer-3 takes over, the key is resumed" "ownership takes people, like all trust" \
        ownership_take
    step "packages are signed again" "nothing else had to be done" owned_sign
    refused identity.claim "app is built in another repository" "approved 1001, came 1003" moved_refused
    step "the move is confirmed anew" "its open grants end with it" moved_reconfirm
    step "EFI loader from there, by osslsigncode" "the same path, the new place" moved_sign moved
    refused key.certificate "its grant is open, its minute over" "nothing is signed behind it" \
        nightly_over
    heading "Compromise"
    step "four machines enrolled, two guards running" "their keys are in the record" guards_make
    step "a standby key, certified and announced" "it takes over when the old one falls" standby_make
    step "openssl, osslsigncode, sealward accept the loader" "with the CRL, with the list" all_accept
    step "so do both guards, and a laptop that leaves" "each by the list that it holds" guards_accept
    step "blast radius: what has this key signed?" "for whom, under whose approval" blast_radius
    shown
    step "what if it is revoked from an hour ago on?" "which fall, which survive" what_if
    shown
    refused key.state "revoked while a tool signs with it" "one person, at once" \
        revoke_while_signing
    step "openssl, osslsigncode, sealward refuse it now" "CRL and list were out within a second" \
        all_refuse
    step "both guards refuse it; the laptop knows nothing" "they confirmed what they hold" guards_refuse
    step "propagation: who stopped, who lags, until when" "unbounded where nobody ever looks" propagation
    shown
    heading "Replacement"
    step "the standby key signs the loader" "it was approved beforehand" standby_sign
    step "what the old key signed is signed again" "one grant, approved; the record is the ledger" \
        campaign
    step "the campaign's ledger" "an artifact is done when its new signature is bound" ledger
    shown
    step "and verifies, at sealward and at a guard" "with the newest list" campaign_verify
    step "the old key is destroyed, the token searched" "by two people" old_key_destroy
    step "figures" "seconds from the moment of the compromise" figures
    sed 's/^/    /' "$log/last"
}
