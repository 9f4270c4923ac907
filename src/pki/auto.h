/*
 * Cleanup for OpenSSL's types, in the one ownership idiom of base/auto.h. OpenSSL's typedefs name
 * structs; AUTO takes the struct's own name:
 *
 *   AUTO(evp_pkey_st) key = NULL;      an EVP_PKEY *
 */
#ifndef SEALWARD_PKI_AUTO_H
#define SEALWARD_PKI_AUTO_H

#include "base/auto.h"
#include "pki/openssl.h"

#define AUTO_OPENSSL(name, free_it)                                                                \
    static inline void name##_free(struct name *p)                                                 \
    {                                                                                              \
        free_it(p);                                                                                \
    }                                                                                              \
    AUTO_FREE(name)

AUTO_OPENSSL(bio_st, BIO_free_all)               /* BIO */
AUTO_OPENSSL(bignum_st, BN_free)                 /* BIGNUM */
AUTO_OPENSSL(evp_md_ctx_st, EVP_MD_CTX_free)     /* EVP_MD_CTX */
AUTO_OPENSSL(evp_pkey_st, EVP_PKEY_free)         /* EVP_PKEY */
AUTO_OPENSSL(evp_pkey_ctx_st, EVP_PKEY_CTX_free) /* EVP_PKEY_CTX */
AUTO_OPENSSL(ossl_param_st, OSSL_PARAM_free)     /* OSSL_PARAM, as OSSL_PARAM_BLD_to_param gives */
AUTO_OPENSSL(ossl_param_bld_st, OSSL_PARAM_BLD_free)           /* OSSL_PARAM_BLD */
AUTO_OPENSSL(pkcs8_priv_key_info_st, PKCS8_PRIV_KEY_INFO_free) /* PKCS8_PRIV_KEY_INFO */
AUTO_OPENSSL(x509_st, X509_free)                               /* X509 */

#endif
