/*
 * The acts that sandbox.c attempts inside a jail. Each returns 0 when it got away with it, else -1
 * with errno; what it needs is made before the jail (folders, inherited sockets).
 */
#ifndef SEALWARD_TESTS_UNIT_BASE_SANDBOX_ACTS_H
#define SEALWARD_TESTS_UNIT_BASE_SANDBOX_ACTS_H

extern char folder[64];  /* given to the jail */
extern char outside[64]; /* not given; holds the file "kept" */
extern int pair[2];      /* inherited sockets */

/* What a child ends with when it could not be jailed. */
#define NOT_JAILED 250

/* The end of a child without the sanitizers' work at exit. */
void leave(int status);

int act_socket_inet(void);
int act_socket_inet6(void);
int act_socket_netlink(void);
int act_socket_packet(void);
int act_listen(void);
int act_socket_unix(void);
int act_exec(void);
int act_fork(void);
int act_ptrace(void);
int act_read_other_memory(void);
int act_open_inside(void);
int act_open_outside(void);
int act_write_outside(void);
int act_truncate_outside(void);
int act_write_and_rename_inside(void);
int act_lock(void);
int act_map_executable(void);
int act_make_executable(void);
int act_become_dumpable(void);
int act_raise_core_limit(void);
int act_signal_parent(void);
int act_set_user(void);
int act_mount(void);
int act_unshare(void);
int act_set_clock(void);
int act_io_uring(void);
int act_bpf(void);
int act_unknown_call(void);
int act_thread(void);
int act_pass_descriptor(void);
int act_spawn(void);
int act_spawn_worker(void);

#endif
