/*
 * Aims at note_parse, note_verify and note_key_parse.
 *
 * A key that is accepted is written again as the same text. A note that is accepted is made of its
 * text, a blank line and its signature lines, and nothing else.
 */
#include "proof/note.h"
#include "property.h"

static void key_has_one_spelling(struct bytes text)
{
    struct note_key key;
    struct err e;
    if (!note_key_parse(&key, text, &e)) {
        return;
    }
    AUTO_VALUE(buf) again = BUF(NOTE_KEY_TEXT_MAX);
    note_key_write(&again, &key);
    PROPERTY(!again.failed && bytes_equal(buf_bytes(&again), text));
}

static void note_is_its_parts(struct bytes bytes)
{
    struct note note;
    struct note_key key;
    struct err e;
    if (!note_parse(&note, bytes, &e)) {
        PROPERTY(e.code == ERR_INPUT || e.code == ERR_LIMIT);
        return;
    }
    AUTO_VALUE(buf) again = BUF(LIMIT_NOTE);
    buf_put(&again, note.text);
    buf_put_text(&again, "\n");
    for (size_t i = 0; i < note.count; i++) {
        buf_put_text(&again, "\u2014 ");
        buf_put(&again, note.signatures[i].name);
        buf_put_text(&again, " ");
        buf_put(&again, note.signatures[i].base64);
        buf_put_text(&again, "\n");
    }
    PROPERTY(!again.failed && bytes_equal(buf_bytes(&again), bytes));
    static const uint8_t zeros[32];
    PROPERTY(note_key_make(&key, note.signatures[0].name, NOTE_ED25519, BYTES_OF(zeros), &e));
    memcpy(key.id, note.signatures[0].id, sizeof key.id);
    PROPERTY(!note_verify(&note, &key, 1, &e));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    key_has_one_spelling(bytes_make(data, size));
    note_is_its_parts(bytes_make(data, size));
    return 0;
}
