# shellcheck shell=bash
# Signing real software with unmodified tools, and looking at each signature with other tools.
# Sourced by the quickstart behind demo/found.sh.

loader=$(basename /usr/lib/systemd/boot/efi/systemd-boot*.efi)

inputs_make() {
    cp /usr/lib/systemd/boot/efi/systemd-boot*.efi "$run/input/"
    cp /usr/share/java/junit4.jar "$run/input/"
    cp /usr/lib/systemd/boot/efi/linux*.efi.stub "$run/input/board-1.0.bin"
    tar -czf "$run/input/app-1.0.tar.gz" LICENSE docs src
    tar -cf "$run/input/image-1.0.tar" packages.txt meson.build
}

# approved WHO... -- COMMAND...: a command that waits for approval, and those who give it. What fails
# first ends the other.
approved() {
    local who=() approver command code=0
    while [ "$1" != -- ]; do
        who+=("$1")
        shift
    done
    shift
    approve-next "${who[@]}" &
    approver=$!
    "$@" &
    command=$!
    wait -n "$approver" "$command" || code=$?
    if [ $code -ne 0 ]; then
        kill "$approver" "$command" 2>/dev/null || true
        wait "$approver" "$command" || true
        return $code
    fi
    wait "$approver"
    wait "$command"
}

# The braces are filled in by `sealward run`.
osslsigncode_sign() {
    approved approver-1 -- act-as app sealward run --signer desktop --artifact "$run/input/$loader" \
        --receipts "$run/receipts" -- osslsigncode sign -pkcs11module {module} \
        -key {uri} -certs {cert} -ac {chain} -h sha256 \
        -in "$run/input/$loader" -out "$run/signed/$loader"
}

sbsign_sign() {
    approved approver-1 -- act-as app sealward run --signer desktop-rsa \
        --artifact "$run/input/$loader" --receipts "$run/receipts/sbsign" -- \
        sbsign --engine pkcs11 --key {uri} --cert {cert} --addcert {chain} \
        --output "$run/signed/sbsign-$loader" "$run/input/$loader"
}

jar_sign() {
    act-as lib sealward run --signer package --artifact "$run/input/junit4.jar" \
        --receipts "$run/receipts/jar" -- jarsigner -keystore NONE -storetype PKCS11 \
        -providerClass sun.security.pkcs11.SunPKCS11 -providerArg {java} -storepass none \
        -digestalg SHA-256 -tsa {tsa} -signedjar "$run/signed/junit4.jar" "$run/input/junit4.jar" {key}
}

tarball_sign() {
    approved approver-1 -- act-as release-engineer sealward run --signer desktop \
        --artifact "$run/input/app-1.0.tar.gz" --receipts "$run/receipts" -- \
        openssl cms -sign -binary -md sha256 -engine pkcs11 -keyform engine -inkey {uri} \
        -signer {cert} -certfile {chain} -in "$run/input/app-1.0.tar.gz" -outform DER \
        -out "$run/signed/app-1.0.tar.gz.p7s"
}

firmware_sign() {
    approved officer-2 officer-3 -- act-as app sealward sign --signer board --format cms \
        --out "$run/signed" --receipts "$run/receipts" "$run/input/board-1.0.bin"
}

image_sign() {
    approved approver-1 -- act-as app sealward run --signer image \
        --artifact "$run/input/image-1.0.tar" --receipts "$run/receipts" -- \
        openssl dgst -sha256 -engine pkcs11 -keyform engine -sign {uri} \
        -out "$run/signed/image-1.0.tar.sig" "$run/input/image-1.0.tar"
}

# --- Other tools ---------------------------------------------------------------------------------

cms_verify() {
    openssl cms -verify -binary -inform DER -in "$1" -content "$2" -CAfile "$SEALWARD_DEMO_ROOT" \
        -purpose any -out /dev/null
}

# sbverify for both; what sbsign has made is looked at by GnuTLS as well, which is no relative of it.
efi_verify() {
    sbverify --cert "$SEALWARD_DEMO_ROOT" "$run/signed/$loader"
    sbverify --cert "$SEALWARD_DEMO_ROOT" "$run/signed/sbsign-$loader"
    sbattach --detach "$run/signed/sbsign-$loader.p7" "$run/signed/sbsign-$loader"
    certtool --p7-verify --inder --infile "$run/signed/sbsign-$loader.p7" \
        --load-ca-certificate "$SEALWARD_DEMO_ROOT"
}

# What jarsigner has signed is a text; openssl checks the signature over it.
jar_verify() {
    local folder=$run/signed/junit4 block
    jarsigner -verify "$run/signed/junit4.jar" | grep -q 'jar verified'
    rm -rf "$folder"
    mkdir "$folder"
    (cd "$folder" && python3 -m zipfile -e "$run/signed/junit4.jar" .)
    block=$(echo "$folder"/META-INF/*.EC)
    cms_verify "$block" "${block%.EC}.SF"
}

image_verify() {
    local key=$run/signed/image.pub number
    number=$(sealward certificate show | awk '/CN=Example Images/ { print $1 }')
    sealward certificate show "$number" --out "$run/image.pem"
    openssl x509 -in "$run/image.pem" -pubkey -noout >"$key"
    openssl dgst -sha256 -verify "$key" -signature "$run/signed/image-1.0.tar.sig" \
        "$run/input/image-1.0.tar"
}

# --- All of it -----------------------------------------------------------------------------------

others_verify() {
    cms_verify "$run/signed/board-1.0.bin.p7s" "$run/input/board-1.0.bin"
    image_verify
}

tarball_verify() {
    cms_verify "$run/signed/app-1.0.tar.gz.p7s" "$run/input/app-1.0.tar.gz"
    certtool --p7-verify --inder --infile "$run/signed/app-1.0.tar.gz.p7s" \
        --load-data "$run/input/app-1.0.tar.gz" --load-ca-certificate "$SEALWARD_DEMO_ROOT"
}

sealward_verify() {
    local seal=(sealward verify --demand-receipt)
    "${seal[@]}" --receipt "$run/receipts/$loader.receipt" "$run/signed/$loader"
    "${seal[@]}" --receipt "$run/receipts/sbsign/$loader.receipt" "$run/signed/sbsign-$loader"
    "${seal[@]}" --receipt "$run/receipts/app-1.0.tar.gz.receipt" \
        --signature "$run/signed/app-1.0.tar.gz.p7s" "$run/input/app-1.0.tar.gz"
    "${seal[@]}" --receipt "$run/receipts/board-1.0.bin.receipt" \
        --signature "$run/signed/board-1.0.bin.p7s" "$run/input/board-1.0.bin"
}

# The entry behind the EFI loader's signature, and its receipt, cut to the screen.
receipt_show() {
    local receipt=$run/receipts/$loader.receipt
    printf '\n%sThe entry behind the loader'"'"'s signature, and the receipt that proves it anywhere%s\n' \
        "$bold" "$plain"
    sealward show "$(sed -n 's/^index //p' "$receipt")" | sed -n 1,6p | cut_to_screen
    grep -v '^$' "$receipt" | cut_to_screen
}

cut_to_screen() { sed -E 's/^/    /; s/^(.{97}).{3,}$/\1.../'; }

demo_sign() {
    heading "Signing"
    step "real inputs: EFI loader, JAR, tarball, firmware" "from Debian packages and this folder" \
        inputs_make
    step "tarball by openssl, a certificate of one minute" "and in a minute nothing more" nightly_sign
    step "a good request of the next minute, held back" "its grant is open for ten" nightly_hold
    step "EFI loader by osslsigncode, for pipeline app" "approver-1 approved; bound to the file after" \
        osslsigncode_sign
    step "EFI loader by sbsign, RSA-3072" "any tool that speaks PKCS#11, unmodified" sbsign_sign
    step "tarball by openssl cms, for release-engineer" "a person's grant needs another person" \
        tarball_sign
    step "JAR by jarsigner, for pipeline lib" "internal-package: a fitting token, no human" jar_sign
    step "firmware by sealward sign, two approvers" "bound before: the keeper builds what it signs" \
        firmware_sign
    step "image by openssl dgst, a key for bare hashes" "a key never serves both kinds of format" \
        image_sign
    heading "Checking, by tools that did not sign"
    step "EFI loaders: sbverify, and GnuTLS certtool" "hash of the image; the signature inside" efi_verify
    step "JAR: jarsigner -verify, openssl cms on its block" "chain up to the demonstration's root" \
        jar_verify
    step "tarball: openssl cms and GnuTLS certtool" "two libraries that share no code" tarball_verify
    step "firmware: openssl cms; image: openssl dgst" "plain CMS, plain ECDSA" others_verify
    step "all that sealward verify knows, with receipts" "signature, artifact, chain, record; offline" \
        sealward_verify
    receipt_show
}
