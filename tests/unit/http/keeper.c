/*
 * A keeper for tests of the daemon: the rulebook over a record in memory, the custody protocol on a
 * Unix socket, the log key's checkpoints. It makes no real signatures, and it lies when told to.
 *
 *   unit-http-keeper SOCKET
 *
 * A line of standard input is a command, answered by one line of standard output:
 *
 *   size                       entries of the record
 *   propose | approve LEAF HAND | reject LEAF HAND | grant COUNT | request ITEMS SEED
 *                              the submission of such an act, for the test to send to the daemon
 *   hold, release              SUBMITs are admitted and their answers kept back; they go out
 *   seal on|off                whether checkpoints are signed
 *   drop, away, back           connections are closed; and no new ones taken; and taken again
 *   own                        the keeper enters a `start` of its own
 *   lie root|digest|entry|note|size|garbage
 *                              the next such answer is wrong
 */
#include "unit/rules/world.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/hex.h"
#include "base/text.h"
#include "pki/digest.h"
#include "pki/openssl.h"
#include "proof/checkpoint.h"
#include "wire/custody.h"
#include "wire/frame.h"

enum { PEERS_MAX = 8, LINE_MAX_BYTES = 4096 };

struct peer {
    int fd; /* -1: free */
    struct frame_reader in;
    struct buf out;
    struct buf held;
};

struct keeper {
    struct world world;
    struct world_key key;
    const char *path;
    int listener;
    struct peer peers[PEERS_MAX];
    struct buf note;
    bool started;
    bool holding;
    bool sealing;
    char lie[16];
};

static bool lies(struct keeper *k, const char *how)
{
    if (strcmp(k->lie, how) != 0)
        return false;
    k->lie[0] = '\0';
    return true;
}

/* --- Checkpoints ------------------------------------------------------------------------------ */

static void log_sign(uint8_t ret[64], struct bytes text)
{
    uint8_t private[32];
    size_t size = 64;
    memset(private, 7, sizeof private);
    EVP_PKEY *key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, private, 32);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    assert_int_equal(EVP_DigestSignInit(context, NULL, NULL, NULL, key), 1);
    assert_int_equal(EVP_DigestSign(context, ret, &size, text.data, text.size), 1);
    EVP_MD_CTX_free(context);
    EVP_PKEY_free(key);
}

static void note_make(struct keeper *k)
{
    AUTO_VALUE(buf) text = BUF(CUSTODY_NOTE_MAX);
    uint8_t signature[64];
    struct err e;
    struct note_key key;
    struct checkpoint c = {.size = k->world.head.size};
    memcpy(c.root, k->world.head.root, sizeof c.root);
    if (lies(k, "note"))
        c.root[0] ^= 1;
    ok_call(note_key_make(&key, bytes_text(WORLD_ORIGIN), NOTE_ED25519,
                          BYTES_OF(k->world.head.log_key), &e),
            e);
    checkpoint_write(&text, bytes_text(WORLD_ORIGIN), &c);
    log_sign(signature, buf_bytes(&text));
    buf_reset(&k->note);
    ok_call(note_assemble(&k->note, buf_bytes(&text), &key, BYTES_OF(signature), &e), e);
}

/* --- Answers ---------------------------------------------------------------------------------- */

static void message_put(struct buf *out, const struct custody_message *m)
{
    AUTO_VALUE(buf) payload = BUF(CUSTODY_PAYLOAD_MAX);
    struct err e;
    ok_call(custody_write(&payload, m, &e), e);
    frame_put(out, (uint8_t)m->type, buf_bytes(&payload));
}

static void seal(struct keeper *k)
{
    if (!k->sealing)
        return;
    note_make(k);
    struct custody_message m = {.type = CUSTODY_PUSH_CHECKPOINT,
                                .push = {.note = buf_bytes(&k->note)}};
    for (size_t i = 0; i < PEERS_MAX; i++)
        if (k->peers[i].fd >= 0)
            message_put(&k->peers[i].out, &m);
}

static void refuse(struct buf *out, int64_t tag, struct err *why, int64_t entry)
{
    struct custody_message m;
    custody_refuse(&m, tag, why, entry);
    message_put(out, &m);
}

static void state_answer(struct keeper *k, struct buf *out, int64_t tag)
{
    struct err e;
    uint8_t digest[32];
    uint8_t root[32];
    ok_call(rules_digest(k->world.state, digest, &e), e);
    memcpy(root, k->world.head.root, sizeof root);
    root[0] ^= lies(k, "root") ? 1 : 0;
    digest[0] ^= lies(k, "digest") ? 1 : 0;
    int64_t less = lies(k, "size") ? 1 : 0;
    struct custody_message m = {
        .type = CUSTODY_STATE_IS,
        .state = {.tag = tag,
                  .size = (int64_t)k->world.head.size - less,
                  .root = BYTES_OF(root),
                  .started = k->started,
                  .authority = BYTES_OF(k->world.head.authority),
                  .digest = BYTES_OF(digest),
                  .rules_version = k->world.head.version,
                  .checkpoint = k->note.size > 0 ? buf_bytes(&k->note) : BYTES_NONE}};
    message_put(out, &m);
}

static bool shown_check(struct keeper *k, const struct custody_show *show, struct err *e)
{
    struct checkpoint c;
    struct note_key key;
    uint8_t root[32];
    if (show->note.data == NULL)
        return show->first || err_refuse(e, "start.checkpoint", "no checkpoint was shown");
    return note_key_make(&key, bytes_text(WORLD_ORIGIN), NOTE_ED25519,
                         BYTES_OF(k->world.head.log_key), e) &&
           checkpoint_open(&c, show->note, bytes_text(WORLD_ORIGIN), &key, e) &&
           ((rules_knows_root(k->world.state, (int64_t)c.size, root) &&
             memcmp(root, c.root, sizeof root) == 0) ||
            err_refuse(e, "start.checkpoint", "the checkpoint is not of this record"));
}

static void show_answer(struct keeper *k, struct buf *out, const struct custody_show *show)
{
    struct err why;
    if (!shown_check(k, show, &why)) {
        refuse(out, show->tag, &why, -1);
        return;
    }
    k->started = true;
    state_answer(k, out, show->tag);
    seal(k);
}

static void admitted_answer(struct keeper *k, struct buf *out, int64_t tag)
{
    struct custody_result results[CUSTODY_ITEMS_MAX];
    size_t count = k->world.out.job_count;
    for (size_t i = 0; i < count; i++)
        results[i] = (struct custody_result){.item = (int64_t)i,
                                             .signature = bytes_text("no real signature")};
    struct custody_message m = {.type = CUSTODY_ADMITTED,
                                .admitted = {.tag = tag,
                                             .index = (int64_t)k->world.count - 1,
                                             .entry = k->world.text,
                                             .results = {.items = results, .count = count}}};
    message_put(out, &m);
}

static void submit_answer(struct keeper *k, struct buf *out, const struct custody_submit *submit)
{
    char type[65] = "";
    struct err why = {.code = ERR_STATE};
    memcpy(type, submit->type.data, submit->type.size < 64 ? submit->type.size : 64);
    if (!k->started) {
        (void)err_set(&why, ERR_STATE, "the keeper has not started");
        refuse(out, submit->tag, &why, -1);
        return;
    }
    k->world.now += 10;
    if (!world_enter(&k->world, type, submit->body)) {
        refuse(out, submit->tag, &k->world.e, k->world.out.repeated_entry);
        return;
    }
    if (strcmp(type, "grant") == 0)
        memcpy(k->world.grant, k->world.leaf, sizeof k->world.grant);
    admitted_answer(k, out, submit->tag);
    seal(k);
}

static void again_answer(struct keeper *k, struct buf *out, const struct custody_sign_again *again)
{
    AUTO_VALUE(arena) arena = ARENA(1 << 24);
    AUTO_VALUE(outcome) o;
    struct entry entry;
    struct err why;
    outcome_init(&o);
    bool ok = again->entry < (int64_t)k->world.count
                  ? entry_read(&entry, k->world.entries[again->entry], &arena, &why) &&
                        rules_sign_again(k->world.state, &entry, again->item, 0, &o, &why)
                  : err_set(&why, ERR_NOT_FOUND, "the record has no such entry");
    if (!ok) {
        refuse(out, again->tag, &why, -1);
        return;
    }
    struct custody_message m = {
        .type = CUSTODY_RESULT,
        .again = {.tag = again->tag, .signature = bytes_text("no real signature")}};
    message_put(out, &m);
}

/* Still an entry, but another one: another digest if it states one, else a time one millisecond
 * later. */
static struct bytes entry_spoil(struct keeper *k, struct bytes entry)
{
    struct bytes copy = world_copy(&k->world, entry);
    uint8_t *digest = memmem(copy.data, copy.size, "\"digest\":\"", 10);
    if (digest == NULL)
        return world_replace(&k->world, entry, "0,\"type\":", "1,\"type\":");
    digest[10] = digest[10] == 'A' ? 'B' : 'A';
    return copy;
}

static void entries_answer(struct keeper *k, struct buf *out, const struct custody_entries *asked)
{
    struct bytes *entries = k->world.entries;
    struct bytes spoiled;
    size_t count = 0;
    int64_t bytes = 0;
    size_t from = (size_t)asked->from;
    while (from + count < k->world.count && count < 8000 && bytes < asked->max_bytes)
        bytes += (int64_t)entries[from + count++].size;
    struct list list = {.items = count > 0 ? entries + from : NULL, .count = count};
    if (count > 0 && lies(k, "entry")) {
        spoiled = entry_spoil(k, entries[from]);
        list = (struct list){.items = &spoiled, .count = 1};
    }
    struct custody_message m = {
        .type = CUSTODY_ENTRIES_ARE,
        .entries_are = {.tag = asked->tag, .from = asked->from, .entries = list}};
    message_put(out, &m);
}

/* It has signed no status. */
static void status_answer(struct buf *out, int64_t tag)
{
    struct custody_message m = {.type = CUSTODY_STATUS_IS, .status = {.tag = tag, .index = -1}};
    message_put(out, &m);
}

/* Its tokens are as they should be. */
static void reconcile_answer(struct buf *out, int64_t tag)
{
    struct custody_message m = {.type = CUSTODY_RECONCILED,
                                .reconciled = {.tag = tag, .index = -1}};
    message_put(out, &m);
}

static void frame_answer(struct keeper *k, struct peer *p, const struct frame *frame)
{
    AUTO_VALUE(arena) arena = ARENA(CUSTODY_ARENA_MAX);
    struct custody_message m;
    struct err e;
    ok_call(custody_read(&m, frame->type, CUSTODY_DAEMON, frame->payload, &arena, &e), e);
    if (lies(k, "garbage"))
        frame_put(&p->out, 99, bytes_text("{}"));
    else if (m.type == CUSTODY_STATE)
        state_answer(k, &p->out, m.bare.tag);
    else if (m.type == CUSTODY_STATUS)
        status_answer(&p->out, m.bare.tag);
    else if (m.type == CUSTODY_RECONCILE)
        reconcile_answer(&p->out, m.bare.tag);
    else if (m.type == CUSTODY_SHOW)
        show_answer(k, &p->out, &m.show);
    else if (m.type == CUSTODY_SUBMIT)
        submit_answer(k, k->holding ? &p->held : &p->out, &m.submit);
    else if (m.type == CUSTODY_SIGN_AGAIN)
        again_answer(k, &p->out, &m.sign_again);
    else if (m.type == CUSTODY_ENTRIES)
        entries_answer(k, &p->out, &m.entries);
}

/* --- Connections ------------------------------------------------------------------------------ */

static void peer_close(struct peer *p)
{
    if (p->fd < 0)
        return;
    (void)close(p->fd);
    frame_reader_done(&p->in);
    buf_done(&p->out);
    buf_done(&p->held);
    p->fd = -1;
}

static void peer_accept(struct keeper *k)
{
    int fd = accept(k->listener, NULL, NULL);
    for (size_t i = 0; fd >= 0 && i < PEERS_MAX; i++)
        if (k->peers[i].fd < 0) {
            k->peers[i] = (struct peer){.fd = fd,
                                        .in = FRAME_READER(CUSTODY_PAYLOAD_MAX),
                                        .out = BUF(64 << 20),
                                        .held = BUF(64 << 20)};
            return;
        }
    (void)close(fd);
}

static void peer_read(struct keeper *k, struct peer *p)
{
    bool closed = false;
    bool found = true;
    struct err e;
    struct frame frame;
    if (!frame_fill(&p->in, p->fd, &closed, &e)) {
        peer_close(p);
        return;
    }
    while (frame_next(&p->in, &frame, &found, &e) && found)
        frame_answer(k, p, &frame);
    if (closed)
        peer_close(p);
}

static void peers_close(struct keeper *k)
{
    for (size_t i = 0; i < PEERS_MAX; i++)
        peer_close(&k->peers[i]);
}

static void keeper_listen(struct keeper *k)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    assert_true(strlen(k->path) < sizeof address.sun_path);
    memcpy(address.sun_path, k->path, strlen(k->path));
    (void)unlink(k->path);
    k->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(k->listener, (const struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(k->listener, 8), 0);
}

static void keeper_away(struct keeper *k)
{
    peers_close(k);
    if (k->listener >= 0)
        (void)close(k->listener);
    (void)unlink(k->path);
    k->listener = -1;
}

/* --- Commands --------------------------------------------------------------------------------- */

static void submission_print(const char *type, struct bytes body)
{
    (void)printf("{\"type\":\"%s\",\"body\":", type);
    (void)fwrite(body.data, 1, body.size, stdout);
    (void)printf("}\n");
}

static void statement_print(struct keeper *k, enum hand hand, const char *type, struct bytes body)
{
    struct world *w = &k->world;
    w->now += 10;
    struct statement s = world_statement(w, type, world_person(w, hand), body);
    submission_print(type, world_signed(w, &s, hand));
}

/* The statement age in policy, a little longer each time. */
static void propose(struct keeper *k)
{
    static int times;
    struct world *w = &k->world;
    struct bytes limits =
        world_format(w, "{\"statement_age\":%d,\"proposal_age\":86400000,\"silence\":604800000}",
                     600000 + ++times);
    struct edit edit = {.kind = "limits", .id = "main", .value = limits};
    struct bytes detail = world_changes(w, &edit, 1);
    statement_print(k, ENGINEER, "proposal",
                    world_format(w, "{\"kind\":\"policy\",\"detail\":%.*s}", (int)detail.size,
                                 (const char *)detail.data));
}

static void verdict(struct keeper *k, const char *type, const char *leaf, const char *who)
{
    uint8_t subject[32];
    struct err e;
    struct world *w = &k->world;
    ok_call(hex_decode(subject, sizeof subject, bytes_text(leaf), &e), e);
    for (int hand = 0; hand < HANDS; hand++)
        if (strcmp(hand_name((enum hand)hand), who) == 0) {
            statement_print(
                k, (enum hand)hand, type,
                world_format(w, "{\"subject\":\"%s\"}", world_base64(w, BYTES_OF(subject))));
            return;
        }
    (void)printf("nobody is called %s\n", who);
}

static void grant(struct keeper *k, int count)
{
    AUTO_VALUE(buf) text = BUF(LIMIT_STATEMENT);
    struct world *w = &k->world;
    w->now += 10;
    struct bytes body =
        world_grant_body(w, "package", world_artifact(w, "app.jar", "jar", "app"), count, 3600);
    struct token_plan plan = world_token_plan(w);
    struct statement s = world_statement(w, "grant", bytes_text("workload/ci-app"), body);
    statement_write(&text, &s);
    struct bytes token = world_token(w, &plan, buf_bytes(&text));
    submission_print("grant", world_evidence(w, buf_bytes(&text), BYTES_NONE, token, BYTES_NONE));
}

static void request(struct keeper *k, int items, const char *seed)
{
    struct request_item list[CUSTODY_ITEMS_MAX];
    uint8_t digests[CUSTODY_ITEMS_MAX][32];
    for (int i = 0; i < items; i++) {
        char text[LINE_MAX_BYTES];
        (void)snprintf(text, sizeof text, "%s-%d", seed, i);
        digest_sha256(digests[i], bytes_text(text));
        list[i] = (struct request_item){.digest = BYTES_OF(digests[i]), .artifact = -1};
    }
    submission_print("request", world_request_body(&k->world, &k->key, MECHANISM_ECDSA_SHA256, list,
                                                   (size_t)items));
}

static void own_enter(struct keeper *k)
{
    AUTO_VALUE(buf) body = BUF(LIMIT_ENTRY);
    struct list none = {.count = 0};
    struct err e;
    ok_call(rules_start_body(&body, k->world.state, bytes_text("0.0.0"), &none, &e), e);
    accepted(&k->world, world_enter(&k->world, "start", buf_bytes(&body)));
    seal(k);
}

static void released(struct keeper *k)
{
    for (size_t i = 0; i < PEERS_MAX; i++)
        if (k->peers[i].fd >= 0) {
            buf_put(&k->peers[i].out, buf_bytes(&k->peers[i].held));
            buf_reset(&k->peers[i].held);
        }
}

static int number_of(const char *text)
{
    uint64_t number = 0;
    struct err e;
    ok_call(text_read_number(&number, bytes_text(text), CUSTODY_ITEMS_MAX, &e), e);
    return (int)number;
}

/* Commands that print their own line. */
static bool act(struct keeper *k, char *const *words)
{
    if (strcmp(words[0], "propose") == 0)
        propose(k);
    else if (strcmp(words[0], "approve") == 0)
        verdict(k, "approval", words[1], words[2]);
    else if (strcmp(words[0], "reject") == 0)
        verdict(k, "rejection", words[1], words[2]);
    else if (strcmp(words[0], "grant") == 0)
        grant(k, number_of(words[1]));
    else if (strcmp(words[0], "request") == 0)
        request(k, number_of(words[1]), words[2]);
    else if (strcmp(words[0], "size") == 0)
        (void)printf("%zu\n", k->world.count);
    else
        return false;
    return true;
}

static void set(struct keeper *k, char *const *words)
{
    bool hold = strcmp(words[0], "hold") == 0;
    if (hold || strcmp(words[0], "release") == 0)
        k->holding = hold;
    if (strcmp(words[0], "release") == 0)
        released(k);
    if (strcmp(words[0], "seal") == 0)
        k->sealing = strcmp(words[1], "on") == 0;
    if (strcmp(words[0], "seal") == 0)
        seal(k);
    if (strcmp(words[0], "drop") == 0)
        peers_close(k);
    if (strcmp(words[0], "away") == 0)
        keeper_away(k);
    if (strcmp(words[0], "back") == 0)
        keeper_listen(k);
    if (strcmp(words[0], "own") == 0)
        own_enter(k);
    if (strcmp(words[0], "lie") == 0)
        (void)snprintf(k->lie, sizeof k->lie, "%s", words[1]);
    (void)printf("done\n");
}

/* One line; false at the end of the input. */
static bool command(struct keeper *k)
{
    char line[LINE_MAX_BYTES];
    char *words[4] = {(char[]){""}, (char[]){""}, (char[]){""}, (char[]){""}};
    size_t count = 0;
    size_t size = 0;
    /* Byte by byte: what follows the line must stay for the next poll. */
    while (size < sizeof line - 1 && read(STDIN_FILENO, line + size, 1) == 1 && line[size] != '\n')
        size++;
    if (size == 0)
        return false;
    line[size] = '\0';
    for (char *rest = line, *word; (word = strsep(&rest, " ")) != NULL && count < 4;)
        words[count++] = word;
    if (!act(k, words))
        set(k, words);
    (void)fflush(stdout);
    return true;
}

/* --- The loop --------------------------------------------------------------------------------- */

static bool step(struct keeper *k)
{
    struct pollfd fds[PEERS_MAX + 2] = {{.fd = STDIN_FILENO, .events = POLLIN},
                                        {.fd = k->listener, .events = POLLIN}};
    struct err e;
    for (size_t i = 0; i < PEERS_MAX; i++)
        fds[i + 2] = (struct pollfd){
            .fd = k->peers[i].fd,
            .events =
                (short)(POLLIN | (k->peers[i].fd >= 0 && k->peers[i].out.size > 0 ? POLLOUT : 0))};
    if (poll(fds, PEERS_MAX + 2, -1) < 0 && errno != EINTR)
        return false;
    for (size_t i = 0; i < PEERS_MAX; i++) {
        struct peer *p = &k->peers[i];
        if (p->fd >= 0 && (fds[i + 2].revents & ~POLLOUT) != 0)
            peer_read(k, p);
        if (p->fd >= 0 && !frame_flush(&p->out, p->fd, &e))
            peer_close(p);
    }
    if (k->listener >= 0 && (fds[1].revents & POLLIN) != 0)
        peer_accept(k);
    return fds[0].revents == 0 || command(k);
}

int main(int argc, char **argv)
{
    static struct keeper k;
    if (argc != 2)
        return 2;
    k.path = argv[1];
    k.note = BUF(CUSTODY_NOTE_MAX);
    k.sealing = true;
    for (size_t i = 0; i < PEERS_MAX; i++)
        k.peers[i].fd = -1;
    world_found(&k.world, true);
    world_ready(&k.world);
    world_key_make(&k.world, &k.key, "package");
    k.world.quick = true;
    keeper_listen(&k);
    (void)printf("ready\n");
    (void)fflush(stdout);
    while (step(&k))
        ;
    keeper_away(&k);
    buf_done(&k.note);
    world_key_done(&k.key);
    world_done(&k.world);
    return 0;
}
