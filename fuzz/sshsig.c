/*
 * Aims at sshsig_parse (and through it sshkey_parse), sshsig_verify and sshsig_unarmour.
 *
 * An accepted blob is built again from its parts as the same bytes. A signature that holds is a
 * finding: nobody signed the message. The first byte of the input says whether it is armoured.
 */
#include "base/limits.h"
#include "pki/sshsig.h"
#include "property.h"

#include <string.h>

/* The signature in wire form stands last. */
static struct bytes wire_signature(const struct sshsig *sig, struct bytes blob)
{
    size_t fixed = strlen("SSHSIG") + 4 + 4 + sig->key.blob.size + 4 + sig->space.size + 4 + 4 +
                   strlen("sha256") + 4;
    return bytes_make(blob.data + fixed, blob.size - fixed);
}

static void parsed(struct bytes blob)
{
    AUTO_VALUE(buf) again = BUF(LIMIT_SSHSIG);
    struct sshsig sig;
    struct err e;
    char space[256] = {0};
    if (!sshsig_parse(&sig, blob, &e))
        return;
    PROPERTY(sig.space.size < sizeof space);
    memcpy(space, sig.space.data, sig.space.size);
    if (strlen(space) == sig.space.size) {
        PROPERTY(
            sshsig_build(&again, sig.key.blob, space, sig.hash, wire_signature(&sig, blob), &e));
        PROPERTY(bytes_equal(buf_bytes(&again), blob));
    }
    PROPERTY(!sshsig_verify(&sig, SSHSIG_NAMESPACE, bytes_text("nobody signed this"), &e));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    struct bytes input = bytes_make(data + 1, size - 1);
    AUTO_VALUE(buf) blob = BUF(LIMIT_SSHSIG_ARMOUR);
    struct err e;
    if (data[0] != 'A') {
        parsed(input);
        return 0;
    }
    if (sshsig_unarmour(&blob, input, &e))
        parsed(buf_bytes(&blob));
    else
        PROPERTY(blob.size == 0);
    return 0;
}
