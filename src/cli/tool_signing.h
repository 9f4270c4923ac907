/*
 * A tool that signs under an open grant, through the PKCS#11 module and the helper: its folder and
 * words, its run, and binding what came out. Shared by `sealward run` and `sealward resign`.
 *
 *   tool_signing_begin   folder and environment, once the grant is open
 *   tool_signing_words   a tool's words with placeholders filled in; its files are watched
 *   tool_signing_run     starts the helper, runs the tool to its end, stops the helper
 *   tool_signing_bind    binds what stands in the outputs now
 *   tool_signing_stamped where the level demands it: that all of it has timestamps
 *
 * Lives in the cli's arena but for what tool_signing_done frees.
 */
#ifndef SEALWARD_CLI_TOOL_SIGNING_H
#define SEALWARD_CLI_TOOL_SIGNING_H

#include "cli/outputs.h"
#include "cli/signatures.h"
#include "cli/signing.h"
#include "cli/toolkit.h"

struct tool_signing {
    struct signing *signing;
    struct toolkit toolkit;
    char **environment;
    struct outputs outputs;
    struct binder binder;
    bool binds; /* the level demands bindings after signing */
    struct signatures made;
    int code; /* of the last tool */
};

/* `module` is the path of sealward-pkcs11.so. */
CHECKED bool tool_signing_begin(struct tool_signing *t, const char *module, struct err *e);
void tool_signing_done(struct tool_signing *t);

CHECKED bool tool_signing_words(char ***ret, struct tool_signing *t, char *const *words,
                                struct err *e);
CHECKED bool tool_signing_run(struct tool_signing *t, char *const *words, struct err *e);
CHECKED bool tool_signing_bind(struct tool_signing *t, struct err *e);
CHECKED bool tool_signing_stamped(struct tool_signing *t, struct err *e);

#endif
