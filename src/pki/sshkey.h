/*
 * SSH public keys (RFC 4253 6.6, RFC 5656 3.1, RFC 8709 4, and OpenSSH's PROTOCOL.u2f for the
 * hardware-held `sk-` kinds): what people's and workloads' authenticators are.
 *
 * Parsing checks form only: strings and numbers in their one encoding, lengths, points
 * uncompressed, RSA 2048 to 4096 bits, nothing behind. That a point lies on its curve is found when
 * something is verified with it. Certificates are not accepted.
 */
#ifndef SEALWARD_PKI_SSHKEY_H
#define SEALWARD_PKI_SSHKEY_H

#include "base/auto.h"
#include "base/buf.h"
#include "base/bytes.h"
#include "base/err.h"

enum sshkey_kind {
    SSHKEY_ED25519,
    SSHKEY_ECDSA_P256,
    SSHKEY_ECDSA_P384,
    SSHKEY_ECDSA_P521,
    SSHKEY_RSA,
    SSHKEY_SK_ED25519,
    SSHKEY_SK_ECDSA_P256,
};

#define SSHKEY_COUNT 7
#define SSHKEY_FINGERPRINT_SIZE 51 /* "SHA256:", 43 characters, NUL */

/* SSH's own names ("ssh-ed25519", ...), NULL at the end: indexed by enum sshkey_kind. */
extern const char *const sshkey_names[];

/* All views into the blob. */
struct sshkey {
    enum sshkey_kind kind;
    struct bytes blob;        /* the whole key in wire form: what names it */
    struct bytes point;       /* Ed25519: 32 bytes; ECDSA: 04 x y */
    struct bytes modulus;     /* RSA, without leading zeros */
    struct bytes exponent;    /* RSA */
    struct bytes application; /* sk- kinds: such as "ssh:" */
    unsigned bits;            /* of the RSA modulus, else of the curve */
};

/* Parses exactly one public key in wire form. */
CHECKED bool sshkey_parse(struct sshkey *ret, struct bytes blob, struct err *e);

/* True for the kinds that live in a FIDO authenticator. */
bool sshkey_is_hardware(enum sshkey_kind kind);

/* Reads one line as in an id_*.pub file: kind, one space, base64, and, if there is one, a space and
 * a comment; one newline at the end is allowed. Options before the kind are not. Appends the blob,
 * which has been parsed and whose kind is the one that the line says, to *ret_blob; *ret_comment
 * (may be NULL) is a view into the line, empty if absent. */
CHECKED bool sshkey_line_parse(struct buf *ret_blob, struct bytes *ret_comment, struct bytes line,
                               struct err *e);

/* "SHA256:" and unpadded base64, as ssh-keygen -l shows it. */
void sshkey_fingerprint(char ret[SSHKEY_FINGERPRINT_SIZE], struct bytes blob);

#endif
