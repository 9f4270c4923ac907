/*
 * Frames: how messages are cut out of a Unix stream socket. A frame is
 *
 *     u32 length of the payload, big-endian | u8 type | payload
 *
 * and what the payload means is for the protocol above. Each side gives a maximum payload when it
 * reads; a longer frame is an error that cannot be got over, and the connection must be closed.
 *
 * Two ways to use it:
 *   - poll loops: struct frame_reader and a struct buf, filled and flushed as the socket allows;
 *   - one request after the other: frame_send and frame_receive, which wait.
 * Sockets may be blocking or not: nothing here blocks but the two that say so. No signal is raised
 * when the peer has gone (MSG_NOSIGNAL). Needs libc alone, keeps no globals, never closes a
 * descriptor; one frame_reader belongs to one thread at a time.
 */
#ifndef SEALWARD_WIRE_FRAME_H
#define SEALWARD_WIRE_FRAME_H

#include "base/buf.h"

enum { FRAME_HEADER_SIZE = 5 };

struct frame {
    uint8_t type;
    struct bytes payload; /* a view into the reader, good until its next fill or receive */
};

/* --- Writing ---------------------------------------------------------------------------------- */

/* Appends a whole frame. Failures are the buffer's (buf_ok). */
void frame_put(struct buf *out, uint8_t type, struct bytes payload);

/* For a payload that is written in place: the puts between begin and end are the payload. `begin`
 * returns where the frame starts, for `end`. Frames do not nest. */
size_t frame_begin(struct buf *out, uint8_t type);
void frame_end(struct buf *out, size_t start);

/* Sends what the socket takes now and drops it from *out; an empty buffer afterwards means that all
 * has gone. ERR_IO if the peer has closed or the socket fails. */
CHECKED bool frame_flush(struct buf *out, int fd, struct err *e);

/* --- Reading ---------------------------------------------------------------------------------- */

struct frame_reader {
    struct buf in;
    size_t taken;       /* bytes at the front of `in` that frame_next has handed out */
    size_t max_payload; /* of one frame */
};

/* The largest max_payload is 2^30. */
#define FRAME_READER(maximum)                                                                      \
    ((struct frame_reader){                                                                        \
        .in = BUF((maximum) + FRAME_HEADER_SIZE + 65536u), .taken = 0, .max_payload = (maximum)})

void frame_reader_done(struct frame_reader *r);
AUTO_DONE(frame_reader)

/* Reads what is there, up to 65,536 bytes, without waiting. *ret_closed says that the peer has
 * closed its side; whole frames that came before it can still be taken. Take all frames with
 * frame_next before filling again. */
CHECKED bool frame_fill(struct frame_reader *r, int fd, bool *ret_closed, struct err *e);

/* Takes the next whole frame, if there is one (*ret_found). ERR_LIMIT if the frame that is coming
 * is longer than max_payload. */
CHECKED bool frame_next(struct frame_reader *r, struct frame *ret, bool *ret_found, struct err *e);

/* True if no part of a frame is left: at the peer's close, anything else was cut short. */
bool frame_reader_empty(const struct frame_reader *r);

/* --- Waiting ---------------------------------------------------------------------------------- */

/* Sends all of `bytes` (one or more frames). Waits at most silence_ms milliseconds each time that
 * the peer takes nothing; -1 waits for ever. ERR_BUSY when that time is over. */
CHECKED bool frame_send(int fd, struct bytes bytes, int silence_ms, struct err *e);

/* Receives one frame. Waits at most silence_ms milliseconds each time that nothing comes; -1 waits
 * for ever. ERR_BUSY when that time is over, ERR_IO if the peer closes first. */
CHECKED bool frame_receive(struct frame_reader *r, int fd, int silence_ms, struct frame *ret,
                           struct err *e);

#endif
