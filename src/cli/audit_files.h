/*
 * Where an audit gets public files: a folder (copied, or a web server's), or a URL. Either is the
 * place where `checkpoint` is; a folder may also be the one whose `log` folder that is.
 *
 * Whoever holds the files is believed nothing: everything read is judged by the audit.
 */
#ifndef SEALWARD_CLI_AUDIT_FILES_H
#define SEALWARD_CLI_AUDIT_FILES_H

#include "base/auto.h"
#include "base/err.h"
#include "cli/audit.h"

struct audit_files;

/* `where` is a folder, or a URL that begins with https:// (http:// on this machine only) and may
 * have a path; `ca` as in client/http.h. Reads nothing yet. */
CHECKED bool audit_files_new(struct audit_files **ret, const char *where, const char *ca,
                             struct err *e);
void audit_files_free(struct audit_files *f);
AUTO_FREE(audit_files)

/* Valid as long as *f. */
struct audit_source audit_files_source(struct audit_files *f);

#endif
