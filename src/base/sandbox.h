/*
 * The jail of the keeper's processes, and the only user of libseccomp. A main opens what it needs,
 * then jails itself, then works:
 *
 *   sandbox_no_dumps -> sandbox_close_others -> sandbox_become -> sandbox_enter
 *
 * Two layers: a system call filter (seccomp), and, where the kernel has it, Landlock, which says
 * beneath which folders files may be opened. Both last for the life of the process and of all it
 * starts; neither can be taken back.
 *
 * What a violation does. Acts that no correct path of ours reaches and that a taken-over process
 * would try first (running a program, tracing or reading another process, making any socket in the
 * core, loading kernel code, leaving its user or its file system) end the process at once: a dead
 * keeper signs nothing, and the spawner's message shows it. Every other call that is not on the
 * profile's list fails with EPERM: libraries and vendors' modules probe for calls that they can do
 * without, and a refused probe must not stop an authority. clone3 fails with ENOSYS, so that libc
 * falls back to clone, whose flags a filter can see.
 *
 * Under the address, leak and thread sanitizers the few calls that these need at exit (tracing
 * themselves, among others) stay possible; such builds are for tests alone.
 *
 * Not here: namespaces, capabilities and cgroups, which the service manager sets (packaging/).
 */
#ifndef SEALWARD_BASE_SANDBOX_H
#define SEALWARD_BASE_SANDBOX_H

#include "base/auto.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

enum sandbox_profile {
    /* Thinks and writes the journal. Works on inherited descriptors (accept, read, write, poll,
     * descriptors passed along, threads of its own). No socket, program, process or executable
     * memory can be made; files can be opened only if folders are given. */
    SANDBOX_CORE,
    /* Runs a PKCS#11 module: as the core, and besides files, locks, shared memory, executable
     * mappings (libraries) and Unix sockets (a card daemon). No program or process, and no inet
     * socket unless `network` is set. */
    SANDBOX_WORKER,
    /* Starts workers: as the worker, and besides fork, exec, signals to and waiting for children,
     * and the calls by which a child jails itself further. */
    SANDBOX_SPAWNER,
};

struct sandbox {
    enum sandbox_profile profile;
    /* NULL-terminated lists of existing files or folders beneath which files may be read, and read,
     * written, made and removed. NULL is an empty list. */
    const char *const *readable;
    const char *const *writable;
    /* Workers of a network HSM, and the spawner that starts one: outgoing inet connections. */
    bool network;
};

/* No core dumps, and no other process of this user may trace this one or read its memory. Is lost
 * at exec: each program calls it first thing. */
CHECKED bool sandbox_no_dumps(struct err *e);

/* Closes every descriptor that is not in `keep` (any order, standard ones included). */
CHECKED bool sandbox_close_others(const int *keep, size_t count, struct err *e);

/* Becomes that user of the system with its primary group alone, and makes sure that there is no way
 * back. Needs root, unless the process is that user already. */
CHECKED bool sandbox_become(const char *user, struct err *e);

/* Jails this process and all its threads. *ret_folders says whether the kernel enforces the lists
 * of folders; where it cannot, the system call filter still stands (and opens nothing at all when a
 * core is given no folder). */
CHECKED bool sandbox_enter(bool *ret_folders, const struct sandbox *plan, struct err *e);

#endif
