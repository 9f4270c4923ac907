/*
 * The one door to OpenSSL's headers: its <openssl/types.h> gives the name ERR_STATE to a type of
 * its own, base/err.h to an error code. Here OpenSSL's stands aside, whatever the order of
 * includes.
 */
#ifndef SEALWARD_PKI_OPENSSL_H
#define SEALWARD_PKI_OPENSSL_H

#define ERR_STATE OPENSSL_ERR_STATE
#include <openssl/types.h>

#include <openssl/asn1.h>
#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/provider.h>
#include <openssl/x509.h>
#undef ERR_STATE

#endif
