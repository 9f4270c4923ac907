# shellcheck shell=bash
# What must fail, each with the rule that stands against it. Sourced by the quickstart behind
# demo/sign.sh. Nothing here is staged: `refused` ends the quickstart if a step succeeds, or fails for
# another reason than the rule that it names.

tarball=app-1.0.tar.gz

# package_run PIPELINE OPTION... -- COMMAND...: under the signer that no human waits for.
package_run() {
    local who=$1
    shift
    act-as "$who" sealward run --signer package --artifact "$run/input/$tarball" "$@"
}

# What `openssl cms` is given behind the file and the signature, inside `sealward run`.
cms=(openssl cms -sign -binary -md sha256 -engine pkcs11 -keyform engine -inkey {uri} -signer {cert}
    -outform DER)
cms_of() { printf '%s' "openssl cms -sign -binary -md sha256 -engine pkcs11 -keyform engine \
-inkey '{uri}' -signer '{cert}' -outform DER -in '$1' -out '$2'"; }

# --- People --------------------------------------------------------------------------------------

# Release-engineer may approve others' grants, being one of team approvers.
approve_own_grant() {
    local leaf code=0
    act-as release-engineer sealward run --signer desktop --artifact "$run/input/$tarball" -- true &
    leaf=$(waiting-leaf grant)
    act-as release-engineer sealward approve --yes "$leaf" || code=$?
    act-as officer-1 sealward reject --yes "$leaf" >/dev/null
    wait $! || true
    return $code
}

# A policy under which firmware would need no approval at all.
weakened_propose() {
    sed '/^  firmware:/,/}/s/approvals: 2/approvals: 0/' "$SEALWARD_DEMO_POLICY" \
        >"$run/policy/weakened.yaml"
    act-as officer-2 sealward policy propose "$run/policy/weakened.yaml" |
        awk '$1 == "leaf" { print $2 }' >"$run/policy/weakened"
}

approve_own_proposal() { act-as officer-2 sealward approve --yes "$(cat "$run/policy/weakened")"; }

approve_twice() {
    act-as officer-1 sealward approve --yes "$(cat "$run/policy/weakened")"
    act-as officer-1 sealward approve --yes "$(cat "$run/policy/weakened")"
}

weakened_reject() { act-as officer-3 sealward reject --yes "$(cat "$run/policy/weakened")"; }

# --- Pipelines -----------------------------------------------------------------------------------

# The repository has app's name, its token has other ids.
impostor_sign() {
    act-as impostor sealward run --signer package --artifact "$run/input/$tarball" -- true
}

undeclared_name() {
    act-as app sealward run --signer desktop --artifact "$run/input/board-1.0.bin:cms" -- true
}

# Says that it signs one file and hands over the hash of another.
other_file() {
    approved approver-1 -- act-as app sealward run --signer desktop \
        --artifact "$run/input/$tarball" -- \
        "${cms[@]}" -in "$run/input/image-1.0.tar" -out "$run/signed/other.p7s"
}

other_file_found() {
    local code=0
    other_file || code=$?
    [ $code -eq 4 ] && sealward status | grep -q 'findings  *[1-9]'
}

# Its first signature goes to a place that nobody is told of.
second_before_bound() {
    approved approver-1 -- act-as app sealward run --signer desktop \
        --artifact "$run/input/$loader:cms" --artifact "$run/input/$tarball" -- sh -ec \
        "$(cms_of "$run/input/$loader" "$run/signed/hidden.p7s")
        $(cms_of "$run/input/$tarball" "$run/signed/second.p7s")"
}

firmware_by_hash() {
    approved officer-1 officer-2 -- act-as app sealward run --signer board \
        --artifact "$run/input/board-1.0.bin" -- \
        "${cms[@]}" -in "$run/input/board-1.0.bin" -out "$run/signed/board.p7s"
}

count_exhausted() {
    package_run lib -- sh -ec "$(cms_of "$run/input/$tarball" "$run/signed/one.p7s")
        $(cms_of "$run/input/image-1.0.tar" "$run/signed/two.p7s")"
}

window_over() {
    package_run lib --window 1s -- sh -ec "sleep 1.5
        $(cms_of "$run/input/$tarball" "$run/signed/late.p7s")"
}

# --- Suspension ----------------------------------------------------------------------------------

request_hold() {
    python3 "$demo/replay.py" hold "$SEALWARD_DEMO_KEEPER" "$SEALWARD_AUTHORITY" "$run/ci" lib \
        package-release "$(key_of package)" "$run/input/$tarball" "$run/held.json"
}

# The grant is open and the tool runs when the key is suspended.
suspended_key() {
    package_run lib -- sh -ec "act-as release-engineer sealward suspend key $(key_of package) --reason 'a drill'
        $(cms_of "$run/input/$tarball" "$run/signed/suspended.p7s")"
}

held_send() { python3 "$demo/replay.py" send "$SEALWARD_DEMO_KEEPER" "$run/held.json"; }

# The junit4.jar's signature, which is on record, asked for once more.
signed_again() {
    local entry
    entry=$(sed -n 's/^index //p' "$run"/receipts/jar/*)
    python3 "$demo/replay.py" again "$SEALWARD_DEMO_KEEPER" "$entry" 0
}

# Whoever may stop things and is at the keeper's machine needs no daemon to stop a release path.
brake_pull() {
    process_stop daemon
    act-as approver-1 sealward suspend path image-release --reason 'the daemon is down' \
        --brake "$SEALWARD_DEMO_BRAKE"
    daemon_start
}

suspended_path() {
    act-as app sealward run --signer image --artifact "$run/input/image-1.0.tar" -- true
}

resume_both() {
    decide officer-1 sealward resume key "$(key_of package)"
    decide officer-1 sealward resume path image-release
}

resumed_sign() {
    package_run lib -- "${cms[@]}" -in "$run/input/$tarball" -out "$run/signed/resumed.p7s"
}

# --- The record ----------------------------------------------------------------------------------

# As somebody does who has nothing of ours but the files and the pinned authority.
record_audit() {
    sleep 1 # what came last is published by then
    rm -rf "$run/copy"
    cp -r "$SEALWARD_DEMO_PUBLIC/log" "$run/copy"
    env -i PATH="$PATH" HOME="$run/copy" sealward audit --authority "$SEALWARD_AUTHORITY" "$run/copy"
}

# One character of why the key was suspended, changed on the way.
edited_audit() {
    find "$run/copy/tile/entries" -type f -exec sed -i 's/"a drill"/"a drall"/' {} +
    if env -i PATH="$PATH" HOME="$run/copy" sealward audit --authority "$SEALWARD_AUTHORITY" \
        "$run/copy"; then
        return 1
    fi
    rm -rf "$run/copy"
}

# --- All of it -----------------------------------------------------------------------------------

demo_attempts() {
    heading "What must fail: the attempt, the rule, and why"
    refused duty.grant.request/grant.approve "requester approves his own grant" "others' grants, not his" \
        approve_own_grant
    step "officer-2 proposes a policy that asks for less" "a proposal changes nothing" weakened_propose
    refused duty.policy.propose/policy.approve "and approves it alone" "nobody raises trust alone" \
        approve_own_proposal
    refused approval.again "officer-1 approves twice" "people count, not votes" approve_twice
    step "officer-3 rejects it" "one no ends a proposal" weakened_reject
    refused identity.claim "another repository, same name" "ids survive renaming" impostor_sign
    refused grant.name "a file that the path does not sign" "each path has its names" undeclared_name
    step "another file than the declared one: run fails" "unbound: a finding stands in the record" \
        other_file_found
    refused binding.outstanding "a second file, the first unbound" "one may be loose, not two" \
        second_before_bound
    refused binding.before "firmware by hash alone" "the file must be shown" firmware_by_hash
    refused grant.count "one signature more than granted" "the rulebook counts" count_exhausted
    refused grant.expired "after the window" "late is not granted" window_over
    step "a taken-over daemon holds back a good request" "fresh, signed by its grant's session" \
        request_hold
    refused key.suspended "key suspended while the tool runs" "one person can stop it" suspended_key
    refused key.suspended "the daemon hands its request in" "the keeper judges again" held_send
    refused grant.closed "and for a recorded signature again" "its grant is over" signed_again
    step "daemon down: approver-1 at the second socket" "stopping needs nobody's leave" brake_pull
    refused path.suspended "a grant on the stopped path" "entered after the start" suspended_path
    step "both resumed: one proposes, two approve" "raising trust again takes people" resume_both
    step "and it signs again" "nothing else had to be done" resumed_sign
}

demo_audit() {
    heading "Audit"
    step "public files copied, every entry replayed" "by a stranger with the pinned id alone" record_audit
    grep -v '^policy' "$log/last" | fold -s -w 95 | sed 's/^/    /'
    step "one character changed in the copy: found" "an edited record does not hold" edited_audit
    grep -v '^authority' "$log/last" | fold -s -w 95 | sed 's/^/    /'
}
