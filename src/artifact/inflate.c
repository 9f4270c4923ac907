#include "artifact/inflate.h"

#define LENGTH_MAX 15 /* bits of a code */
#define LITERALS 288
#define DISTANCES 32
#define ORDERS 19
#define END_OF_BLOCK 256

/* Input bits (lowest first) and output, with a sticky fault. */
struct state {
    struct bytes in;
    size_t at;
    uint32_t bits;
    unsigned bit_count;
    uint8_t *out;
    size_t out_size;
    size_t filled;
    const char *fault;
};

/* A canonical Huffman code: how many codes of each length, and the symbols in the order of the
 * codes. */
struct code {
    uint16_t counts[LENGTH_MAX + 1];
    uint16_t symbols[LITERALS];
};

static void fail(struct state *s, const char *fault)
{
    if (s->fault == NULL)
        s->fault = fault;
}

static uint32_t bits_take(struct state *s, unsigned count)
{
    while (s->bit_count < count) {
        if (s->at == s->in.size) {
            fail(s, "it ends too early");
            return 0;
        }
        s->bits |= (uint32_t)s->in.data[s->at++] << s->bit_count;
        s->bit_count += 8;
    }
    uint32_t value = s->bits & ((UINT32_C(1) << count) - 1);
    s->bits >>= count;
    s->bit_count -= count;
    return value;
}

/* How many codes of the longest length the given lengths leave unused; negative: too many used. */
static int32_t code_room(const struct code *code)
{
    int32_t room = 1;
    for (unsigned length = 1; length <= LENGTH_MAX; length++) {
        room = 2 * room - code->counts[length];
        if (room < 0)
            return room;
    }
    return room;
}

static void code_make(struct state *s, struct code *ret, const uint8_t *lengths, size_t count,
                      bool may_be_short)
{
    uint16_t next[LENGTH_MAX + 1];
    memset(ret, 0, sizeof *ret);
    for (size_t i = 0; i < count; i++)
        ret->counts[lengths[i]]++;
    size_t used = count - ret->counts[0];
    ret->counts[0] = 0;
    int32_t room = code_room(ret);
    bool lone = may_be_short && used <= 1 && ret->counts[1] == used;
    if (room < 0 || (room > 0 && !lone))
        fail(s, "a Huffman code is over-subscribed or incomplete");
    next[1] = 0;
    for (unsigned length = 1; length < LENGTH_MAX; length++)
        next[length + 1] = (uint16_t)(next[length] + ret->counts[length]);
    for (size_t i = 0; i < count; i++)
        if (lengths[i] != 0)
            ret->symbols[next[lengths[i]]++] = (uint16_t)i;
}

static unsigned symbol_take(struct state *s, const struct code *code)
{
    uint32_t value = 0, first = 0, index = 0;
    for (unsigned length = 1; length <= LENGTH_MAX && s->fault == NULL; length++) {
        value |= bits_take(s, 1);
        uint32_t count = code->counts[length];
        if (value - first < count)
            return code->symbols[index + value - first];
        index += count;
        first = (first + count) << 1;
        value <<= 1;
    }
    fail(s, "a code stands for nothing");
    return 0;
}

static void byte_put(struct state *s, uint8_t byte)
{
    if (s->filled == s->out_size)
        fail(s, "it is longer than announced");
    else
        s->out[s->filled++] = byte;
}

static void run_copy(struct state *s, size_t length, size_t distance)
{
    if (distance > s->filled) {
        fail(s, "it refers to bytes before its beginning");
        return;
    }
    if (length > s->out_size - s->filled) {
        fail(s, "it is longer than announced");
        return;
    }
    for (size_t i = 0; i < length; i++, s->filled++)
        s->out[s->filled] = s->out[s->filled - distance];
}

/* Lengths and distances grow by powers of two behind their first few symbols (RFC 1951 3.2.5). */
static size_t length_take(struct state *s, unsigned symbol)
{
    unsigned n = symbol - 257;
    if (n > 28) {
        fail(s, "a length is none");
        return 0;
    }
    if (n == 28)
        return 258;
    if (n < 8)
        return n + 3;
    unsigned extra = n / 4 - 1;
    return ((size_t)(4 + n % 4) << extra) + 3 + bits_take(s, extra);
}

static size_t distance_take(struct state *s, const struct code *distances)
{
    unsigned n = symbol_take(s, distances);
    if (n > 29) {
        fail(s, "a distance is none");
        return 0;
    }
    if (n < 4)
        return n + 1;
    unsigned extra = n / 2 - 1;
    return ((size_t)(2 + n % 2) << extra) + 1 + bits_take(s, extra);
}

static void symbols_read(struct state *s, const struct code *literals, const struct code *distances)
{
    while (s->fault == NULL) {
        unsigned symbol = symbol_take(s, literals);
        if (s->fault != NULL || symbol == END_OF_BLOCK)
            return;
        if (symbol < END_OF_BLOCK) {
            byte_put(s, (uint8_t)symbol);
            continue;
        }
        size_t length = length_take(s, symbol);
        size_t distance = distance_take(s, distances);
        if (s->fault == NULL)
            run_copy(s, length, distance);
    }
}

static void stored_read(struct state *s)
{
    s->bits = 0;
    s->bit_count = 0;
    size_t size = bits_take(s, 16);
    size_t complement = bits_take(s, 16);
    if (s->fault == NULL && size != (complement ^ 0xffff))
        fail(s, "the length of a stored block is damaged");
    if (s->fault == NULL && size > s->in.size - s->at)
        fail(s, "it ends too early");
    if (s->fault == NULL && size > s->out_size - s->filled)
        fail(s, "it is longer than announced");
    if (s->fault != NULL || size == 0)
        return;
    memcpy(s->out + s->filled, s->in.data + s->at, size);
    s->at += size;
    s->filled += size;
}

static void fixed_read(struct state *s)
{
    struct code literals, distances;
    uint8_t lengths[LITERALS];
    for (unsigned i = 0; i < LITERALS; i++)
        lengths[i] = (uint8_t)(i < 144 ? 8 : i < 256 ? 9 : i < 280 ? 7 : 8);
    code_make(s, &literals, lengths, LITERALS, false);
    memset(lengths, 5, DISTANCES);
    code_make(s, &distances, lengths, DISTANCES, false);
    symbols_read(s, &literals, &distances);
}

/* The code lengths of a dynamic block, themselves coded, with runs. */
static void lengths_read(struct state *s, const struct code *code, uint8_t *lengths, size_t count)
{
    size_t i = 0;
    while (i < count && s->fault == NULL) {
        unsigned symbol = symbol_take(s, code);
        if (symbol < 16) {
            lengths[i++] = (uint8_t)symbol;
            continue;
        }
        if (symbol == 16 && i == 0) {
            fail(s, "a length is repeated before there is one");
            return;
        }
        uint8_t value = symbol == 16 ? lengths[i - 1] : 0;
        size_t run = symbol == 16   ? 3 + bits_take(s, 2)
                     : symbol == 17 ? 3 + bits_take(s, 3)
                                    : 11 + bits_take(s, 7);
        if (run > count - i) {
            fail(s, "there are more code lengths than announced");
            return;
        }
        memset(lengths + i, value, run);
        i += run;
    }
}

static void dynamic_read(struct state *s)
{
    static const uint8_t order[ORDERS] = {16, 17, 18, 0, 8,  7, 9,  6, 10, 5,
                                          11, 4,  12, 3, 13, 2, 14, 1, 15};
    struct code code, literals, distances;
    uint8_t lengths[LITERALS + DISTANCES] = {0};
    size_t literal_count = 257 + bits_take(s, 5);
    size_t distance_count = 1 + bits_take(s, 5);
    size_t order_count = 4 + bits_take(s, 4);
    if (literal_count > 286 || distance_count > 30) {
        fail(s, "a block has too many codes");
        return;
    }
    for (size_t i = 0; i < order_count; i++)
        lengths[order[i]] = (uint8_t)bits_take(s, 3);
    code_make(s, &code, lengths, ORDERS, false);
    memset(lengths, 0, sizeof lengths);
    lengths_read(s, &code, lengths, literal_count + distance_count);
    if (s->fault == NULL && lengths[END_OF_BLOCK] == 0)
        fail(s, "a block has no end");
    code_make(s, &literals, lengths, literal_count, true);
    code_make(s, &distances, lengths + literal_count, distance_count, true);
    symbols_read(s, &literals, &distances);
}

bool inflate_bytes(uint8_t *ret, size_t size, struct bytes packed, struct err *e)
{
    struct state s = {.in = packed, .out = ret, .out_size = size};
    bool last = false;
    while (!last && s.fault == NULL) {
        last = bits_take(&s, 1) != 0;
        uint32_t type = bits_take(&s, 2);
        if (type == 0)
            stored_read(&s);
        else if (type == 1)
            fixed_read(&s);
        else if (type == 2)
            dynamic_read(&s);
        else
            fail(&s, "a block is of an unknown type");
    }
    if (s.fault == NULL && s.filled != size)
        fail(&s, "it is shorter than announced");
    if (s.fault == NULL && s.at != packed.size)
        fail(&s, "there are bytes behind its end");
    if (s.fault != NULL)
        return err_set(e, ERR_INPUT, "the compressed data is damaged: %s", s.fault);
    return true;
}
