/*
 * CMS SignedData (RFC 5652), and PKCS #7 as Authenticode and jarsigner write it.
 *
 * Read strictly as DER; a BER encoding with indefinite lengths is refused with a word on how to get
 * DER. Everything found is a view into the bytes, which must outlive the struct. Certificates are
 * given as they stand, not parsed; nothing is verified but by cms_verify.
 *
 * Written: SignedData with one signer, detached or not, deterministic.
 * Not done here: encryption, attribute certificates, other content types, CRLs (skipped).
 */
#ifndef SEALWARD_PKI_CMS_H
#define SEALWARD_PKI_CMS_H

#include "base/auto.h"
#include "base/buf.h"
#include "base/bytes.h"
#include "base/err.h"
#include "pki/attributes.h"
#include "pki/digest.h"
#include "pki/key.h"
#include "pki/mechanism.h"
#include "pki/x509.h"

#define CMS_DER_MAX (1024 * 1024)
#define CMS_SIGNERS_MAX 4
#define CMS_CERTIFICATES_MAX 24

/* Unsigned attributes with a timestamp token: RFC 3161 appendix A; Authenticode. */
#define CMS_TIMESTAMP "1.2.840.113549.1.9.16.2.14"
#define CMS_AUTHENTICODE_TIMESTAMP "1.3.6.1.4.1.311.3.3.1"

struct cms_signer {
    struct bytes issuer; /* DER name; data NULL if the signer is named by key_id */
    struct bytes serial; /* as in struct x509 */
    struct bytes key_id; /* subject key identifier; data NULL if named by issuer and serial */
    struct bytes digest_algorithm; /* AlgorithmIdentifiers: see cms_signer_algorithms */
    struct bytes signature_algorithm;
    struct bytes attributes; /* SignedAttributes as they stand, tag A0; data NULL if none */
    struct bytes signature;  /* ECDSA still DER */
    struct bytes unsigned_attributes; /* contents of the [1]; data NULL if none */
};

struct cms {
    struct bytes content_type; /* contents octets of the eContentType */
    struct bytes content;      /* the element inside the [0], header included (OCTET STRING in CMS,
                                  the bare value in PKCS #7); data NULL if detached */
    size_t certificate_count;
    struct bytes certificates[CMS_CERTIFICATES_MAX];
    size_t signer_count; /* at least 1 */
    struct cms_signer signers[CMS_SIGNERS_MAX];
};

/* Parses exactly one ContentInfo with SignedData. */
CHECKED bool cms_parse(struct cms *ret, struct bytes der, struct err *e);

/* Appends the signer's SignedAttributes as the SET OF that is hashed and signed; nothing if it has
 * none. */
void cms_put_attributes(struct buf *b, const struct cms_signer *signer);

/* The hash that the signer used, and the way to sign. ERR_INPUT names what is not accepted: parsing
 * a message does not judge it, since it may hold a signature besides that is. */
CHECKED bool cms_signer_algorithms(enum digest_alg *ret_digest, enum mechanism *ret_mechanism,
                                   const struct cms_signer *signer, struct err *e);

/* Whether this is the certificate that the signer is named by. */
bool cms_is_signer(const struct cms_signer *signer, const struct x509 *cert);

/* Finds the signer's certificate among those of the message and parses it. ERR_NOT_FOUND. */
CHECKED bool cms_signer_certificate(struct x509 *ret, const struct cms *cms,
                                    const struct cms_signer *signer, struct err *e);

/* Checks that the signer's attributes are over this content (`digest` is the content's, by
 * the signer's hash) of this type (dotted), and that the signature over them holds. A signature
 * without attributes is refused: it could be taken for one over something else. ERR_INPUT,
 * ERR_AUTH. */
CHECKED bool cms_verify(const struct cms_signer *signer, const struct pubkey *key,
                        const char *content_type, struct bytes digest, struct err *e);

/* The timestamp token over the signer's signature (RFC 3161 appendix A, or as Authenticode has it),
 * unverified: tsp_token_verify takes it, with signer->signature as the message. ERR_NOT_FOUND if
 * there is none; ERR_INPUT if there are several or the attributes are malformed. */
CHECKED bool cms_timestamp(struct bytes *ret_token, const struct cms_signer *signer, struct err *e);

struct cms_plan {
    const char *content_type; /* dotted; NULL: id-data */
    struct bytes content;     /* goes into the message as an OCTET STRING; data NULL: detached */
    struct bytes attributes;  /* SET OF, as attributes_build makes them; already signed */
    enum mechanism mechanism;
    struct bytes signature;           /* raw: r || s for ECDSA */
    const struct bytes *certificates; /* DER, the signer's first, then its issuers' */
    size_t certificate_count;
    bool without_certificates; /* leaves them out; the first one still names the signer */
    struct bytes timestamp;    /* token over the signature in its CMS form, as
                                  algorithm_put_signature_value writes it; data NULL: none */
};

/* Appends a ContentInfo with SignedData. The signature is not verified. */
CHECKED bool cms_build(struct buf *ret, const struct cms_plan *plan, struct err *e);

#endif
