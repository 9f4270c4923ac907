/*
 * The messages between the PKCS#11 module and the helper that `sealward run` starts
 * (docs/protocol/module.md). They travel as frames (wire/frame.h) over a Unix stream socket whose
 * path is in the environment variable SEALWARD_HELPER.
 *
 *   module                     helper
 *   HELLO {version}        ->  WELCOME {version, label, serial}
 *   LIST {}                ->  KEYS {keys with their certificates, authorities}
 *   DATA {piece}           ->  (no answer; hashed until the next SIGN)
 *   SIGN {key, what, ...}  ->  SIGNATURE {bytes} or REFUSAL {why, message, hint, request}
 *
 * HELLO comes first on each connection. One signature at a time per connection; who signs in
 * parallel opens several. SIGN has no time limit, for a person may have to approve.
 *
 * Writing and reading of each message stand side by side: `_put` appends the whole frame, `_parse`
 * takes the payload of a frame of that type. What _parse returns are views into the payload. Every
 * _parse refuses trailing bytes and lengths over the limits below. Needs libc alone; no globals.
 */
#ifndef SEALWARD_WIRE_MODULE_H
#define SEALWARD_WIRE_MODULE_H

#include "base/buf.h"

enum { MODULE_VERSION = 1 };

/* Limits in bytes, but for the two counts. */
enum {
    MODULE_LABEL_MAX = 32,       /* CK_TOKEN_INFO.label */
    MODULE_SERIAL_MAX = 16,      /* CK_TOKEN_INFO.serialNumber */
    MODULE_ID_SIZE = 32,         /* SHA-256 of a SubjectPublicKeyInfo, also CKA_ID */
    MODULE_NAME_MAX = 128,       /* label of a key or authority */
    MODULE_MODULUS_MAX = 1024,   /* RSA of 8,192 bits */
    MODULE_EXPONENT_MAX = 8,     /* RSA public exponent */
    MODULE_PARAMS_MAX = 32,      /* named curve, DER */
    MODULE_POINT_MAX = 160,      /* DER OCTET STRING around an uncompressed point */
    MODULE_DN_MAX = 4096,        /* subject or issuer, DER */
    MODULE_NUMBER_MAX = 32,      /* serial number, DER INTEGER */
    MODULE_CERT_MAX = 16384,     /* certificate, DER */
    MODULE_KEYS_MAX = 32,        /* keys of one token */
    MODULE_AUTHORITIES_MAX = 32, /* chain certificates of one token */
    MODULE_PIECE_MAX = 65536,    /* DATA, and the bytes of SIGN */
    MODULE_SIGNATURE_MAX = 1024,
    MODULE_TEXT_MAX = 400,                            /* message, hint, request of a refusal */
    MODULE_REQUEST_FRAME_MAX = MODULE_PIECE_MAX + 64, /* payload, module to helper */
    MODULE_ANSWER_FRAME_MAX = 2 * 1024 * 1024,        /* payload, helper to module */
};

enum module_message {
    MODULE_HELLO = 1,
    MODULE_LIST = 2,
    MODULE_DATA = 3,
    MODULE_SIGN = 4,
    MODULE_WELCOME = 129,
    MODULE_KEYS = 130,
    MODULE_SIGNATURE = 131,
    MODULE_REFUSAL = 132,
};

/* --- HELLO and WELCOME ------------------------------------------------------------------------ */

struct module_hello {
    uint16_t version;
};

void module_hello_put(struct buf *out, const struct module_hello *hello);
CHECKED bool module_hello_parse(struct module_hello *ret, struct bytes payload, struct err *e);

struct module_welcome {
    uint16_t version;    /* the helper's: MODULE_VERSION, or it would have refused */
    struct bytes label;  /* of the token, UTF-8, 1 to 32 bytes; the same in every URI */
    struct bytes serial; /* of the token, ASCII, 1 to 16 bytes; unique for each signing context */
};

void module_welcome_put(struct buf *out, const struct module_welcome *welcome);
CHECKED bool module_welcome_parse(struct module_welcome *ret, struct bytes payload, struct err *e);

/* --- LIST and KEYS ---------------------------------------------------------------------------- */

enum module_kind {
    MODULE_RSA = 1,
    MODULE_P256 = 2,
    MODULE_P384 = 3,
};

/* What a CKO_CERTIFICATE shows besides id and label, all DER. An absent one has no `der`. */
struct module_cert {
    struct bytes der;
    struct bytes subject;
    struct bytes issuer;
    struct bytes number; /* serial number, DER INTEGER */
};

/* A key that may sign, with its own certificate where it has one. */
struct module_key {
    uint8_t id[MODULE_ID_SIZE];
    struct bytes label; /* UTF-8; of key, public key and certificate alike */
    enum module_kind kind;
    struct bytes modulus; /* RSA: big-endian, no leading zero */
    struct bytes exponent;
    struct bytes params; /* P-256, P-384: the curve's OID, DER */
    struct bytes point;  /* DER OCTET STRING around 04 x y */
    struct module_cert cert;
};

/* A certificate of the chain above the keys' own. */
struct module_authority {
    uint8_t id[MODULE_ID_SIZE]; /* SHA-256 of its SubjectPublicKeyInfo */
    struct bytes label;
    struct module_cert cert; /* never absent */
};

struct module_keys {
    size_t key_count;
    struct module_key keys[MODULE_KEYS_MAX];
    size_t authority_count;
    struct module_authority authorities[MODULE_AUTHORITIES_MAX];
};

void module_list_put(struct buf *out);
CHECKED bool module_list_parse(struct bytes payload, struct err *e);

void module_keys_put(struct buf *out, const struct module_keys *keys);
CHECKED bool module_keys_parse(struct module_keys *ret, struct bytes payload, struct err *e);

/* Bytes of a signature by that key: the modulus, or r and s. */
size_t module_key_signature_size(const struct module_key *key);

/* --- DATA and SIGN ---------------------------------------------------------------------------- */

void module_data_put(struct buf *out, struct bytes piece);
CHECKED bool module_data_parse(struct bytes *ret_piece, struct bytes payload, struct err *e);

enum module_family {
    MODULE_HASHED = 1, /* the tool hashed: `bytes` is the digest */
    MODULE_WHOLE = 2,  /* the tool hands over what is to be signed: all DATA since HELLO or the last
                          SIGN, then `bytes`; the helper hashes with `digest` */
};

enum module_mechanism {
    MODULE_RSA_PKCS1 = 1,
    MODULE_ECDSA = 2, /* answered as r and s, each as wide as the curve */
};

enum module_digest {
    MODULE_DIGEST_UNKNOWN = 0, /* HASHED only: nothing but the length of `bytes` is known; with
                                  RSA, `bytes` is no DigestInfo of SHA-256, SHA-384 or SHA-512 */
    MODULE_SHA256 = 1,
    MODULE_SHA384 = 2,
    MODULE_SHA512 = 3,
};

struct module_sign {
    uint8_t key[MODULE_ID_SIZE];
    enum module_family family;
    enum module_mechanism mechanism;
    enum module_digest digest;
    struct bytes bytes;
};

void module_sign_put(struct buf *out, const struct module_sign *sign);
CHECKED bool module_sign_parse(struct module_sign *ret, struct bytes payload, struct err *e);

/* Bytes of a digest; 0 for MODULE_DIGEST_UNKNOWN. */
size_t module_digest_size(enum module_digest digest);

/* --- SIGNATURE and REFUSAL -------------------------------------------------------------------- */

void module_signature_put(struct buf *out, struct bytes signature);
CHECKED bool module_signature_parse(struct bytes *ret, struct bytes payload, struct err *e);

enum module_why {
    MODULE_REJECTED = 1,    /* a rule or a person said no: CKR_FUNCTION_REJECTED */
    MODULE_UNAVAILABLE = 2, /* the authority cannot be reached or cannot answer: CKR_DEVICE_ERROR */
    MODULE_UNFIT = 3,       /* key, mechanism and bytes do not go together: CKR_DATA_INVALID */
};

/* The helper has shown the three texts to the user already; a PKCS#11 host cannot. They travel for
 * other clients of this protocol and for traces. */
struct module_refusal {
    enum module_why why;
    struct bytes message; /* UTF-8 */
    struct bytes hint;    /* may be empty */
    struct bytes request; /* the request's id, may be empty */
};

void module_refusal_put(struct buf *out, const struct module_refusal *refusal);
CHECKED bool module_refusal_parse(struct module_refusal *ret, struct bytes payload, struct err *e);

#endif
