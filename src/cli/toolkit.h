/*
 * What a signing tool is given: a private folder with the helper's socket, certificates and ready
 * configuration files, and the same things by name, in the environment and for its command line.
 *
 * | variable               | placeholder | what                                              |
 * | SEALWARD_HELPER        |             | the helper's socket, for the module               |
 * | SEALWARD_MODULE        | {module}    | sealward-pkcs11.so                                |
 * | PKCS11_MODULE_PATH     |             | the same, for libp11                              |
 * | SEALWARD_TOKEN         | {token}     | label of the token                                |
 * | SEALWARD_KEY_LABEL     | {key}       | label of key and certificate: the signer's id     |
 * | SEALWARD_KEY_URI       | {uri}       | PKCS#11 URI of the private key                    |
 * | SEALWARD_CERT          | {cert}      | its certificate, PEM                              |
 * | SEALWARD_CHAIN         | {chain}     | the certificates above it but the root's, PEM     |
 * | SEALWARD_ROOT          | {root}      | the root's certificate, PEM                       |
 * | SEALWARD_ENGINE        | {engine}    | OpenSSL's PKCS#11 engine                          |
 * | SEALWARD_OPENSSL_CONF  | {openssl}   | configuration of OpenSSL that names the module    |
 * | SEALWARD_JAVA_CONFIG   | {java}      | configuration of SunPKCS11                        |
 * | SEALWARD_TSA           | {tsa}       | URL of the authority's time stamps, plain HTTP    |
 *
 * Nothing in the folder is secret but for the socket: who can connect can sign under the grant, and
 * only the user can enter the folder.
 */
#ifndef SEALWARD_CLI_TOOLKIT_H
#define SEALWARD_CLI_TOOLKIT_H

#include "base/arena.h"
#include "base/auto.h"
#include "base/buf.h"
#include "base/fields.h"

#define TOOLKIT_TOKEN_LABEL "sealward"

enum toolkit_item {
    TOOLKIT_HELPER,
    TOOLKIT_MODULE,
    TOOLKIT_TOKEN,
    TOOLKIT_KEY_LABEL,
    TOOLKIT_KEY_URI,
    TOOLKIT_CERT,
    TOOLKIT_CHAIN,
    TOOLKIT_ROOT,
    TOOLKIT_ENGINE,
    TOOLKIT_OPENSSL,
    TOOLKIT_JAVA,
    TOOLKIT_TSA,
    TOOLKIT_ITEMS,
};

struct toolkit {
    struct buf folder;                 /* its path */
    const char *values[TOOLKIT_ITEMS]; /* in the arena */
};

struct toolkit_plan {
    const char *temporary;    /* folder to make the folder in */
    const char *module;       /* path of sealward-pkcs11.so */
    const char *tsa;          /* URL */
    struct bytes signer;      /* id */
    struct bytes certificate; /* DER */
    const struct list *chain; /* struct bytes, DER: issuing CA first, root last */
};

/* Where sealward-pkcs11.so is: the path given, or, if that is NULL, as installed. ERR_NOT_FOUND if
 * it is not there, or the path is not absolute. */
CHECKED bool toolkit_module(const char **ret, const char *given, struct err *e);

/* Makes the folder and the files in it, all but the socket. */
CHECKED bool toolkit_make(struct toolkit *ret, const struct toolkit_plan *plan, struct arena *a,
                          struct err *e);

/* Removes the folder with what toolkit_make put there. */
void toolkit_done(struct toolkit *t);
AUTO_DONE(toolkit)

/* A tool's words with the placeholders filled in; NULL-terminated, in the arena. Other braces stay
 * as they are. */
CHECKED bool toolkit_words(char ***ret, const struct toolkit *t, char *const *words,
                           struct arena *a, struct err *e);

/* This process's environment with the variables above in it. */
CHECKED bool toolkit_environment(char ***ret, const struct toolkit *t, struct arena *a,
                                 struct err *e);

#endif
