/* Every statement of the index, by number. */
#include "index/sqlite.h"

#define COLUMNS "number, time_ms, leaf, type, actor, subject, summary"
#define STORY_COLUMNS "n.number, n.time_ms, n.leaf, n.type, n.actor, n.subject, n.summary, NULL"

#define WORD(place) "(SELECT id FROM words WHERE text = " place ")"

/* The condition of each scope: ?1 is its key, ?2 its number. */
#define OF_KEY "s.key = " WORD("?1")
#define OF_CERTIFICATE                                                                             \
    "s.key = (SELECT key FROM certificates WHERE number = ?2) AND s.certificate = ?2"
#define OF_PATH "s.path = " WORD("?1")
#define OF_ACTOR "s.actor = " WORD("?1")
#define OF_GRANT "s.granted = (SELECT entry FROM grants WHERE leaf = ?1)"
#define OF_ARTIFACT                                                                                \
    "(s.entry, s.item) IN (SELECT t.entry, t.item FROM artifacts f JOIN signatures t"              \
    " ON t.granted = f.granted AND t.artifact = f.number WHERE f.digest = ?1)"
#define OF_SIGNATURE "s.id = ?2"

#define TALLIED(condition)                                                                         \
    ("SELECT p.text, s.month, sum(s.count), min(s.first_ms), max(s.last_ms)"                       \
     " FROM tallies s JOIN words p ON p.id = s.path WHERE " condition                              \
     " GROUP BY s.path, s.month ORDER BY p.text, s.month LIMIT ?3")
#define COUNTED(condition)                                                                         \
    ("SELECT p.text, s.month, count(*), min(s.time_ms), max(s.time_ms)"                            \
     " FROM signatures s JOIN words p ON p.id = s.path WHERE " condition                           \
     " GROUP BY s.path, s.month ORDER BY p.text, s.month LIMIT ?3")
#define LISTED(condition)                                                                          \
    ("SELECT s.entry, s.item, s.time_ms, s.certificate, k.text, s.tbs, g.leaf, g.entry, p.text,"   \
     " r.text, a.text, f.name, f.format, f.algorithm, f.digest FROM signatures s"                  \
     " JOIN words k ON k.id = s.key JOIN grants g ON g.entry = s.granted"                          \
     " JOIN words p ON p.id = s.path JOIN words r ON r.id = g.signer"                              \
     " JOIN words a ON a.id = s.actor"                                                             \
     " LEFT JOIN artifacts f ON f.granted = s.granted AND f.number = s.artifact"                   \
     " WHERE " condition " AND (s.entry, s.item) < (?3, ?4) AND s.entry >= ?5"                     \
     " ORDER BY s.entry DESC, s.item DESC LIMIT ?6")
#define CUT_AT(condition)                                                                          \
    ("SELECT p.text, c.n FROM (SELECT s.path AS path, count(*) AS n FROM signatures s"             \
     " WHERE " condition " AND s.entry >= ?3 GROUP BY s.path) c"                                   \
     " JOIN words p ON p.id = c.path ORDER BY p.text LIMIT ?4")

const char *const sqlite_statements[SQLITE_STATEMENTS] = {
    [PUT] = ("INSERT INTO entries (" COLUMNS ", bytes) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"),
    [MARK] = ("INSERT OR IGNORE INTO marks (kind, key, entry, item) VALUES (?1, ?2, ?3, ?4)"),
    [SIZE] = ("SELECT coalesce(max(number) + 1, 0) FROM entries"),
    [BY_NUMBER] = ("SELECT " COLUMNS ", bytes FROM entries WHERE number = ?1"),
    [BY_LEAF] = ("SELECT " COLUMNS ", bytes FROM entries WHERE leaf = ?1"),
    [LIST] = ("SELECT " COLUMNS ", CASE WHEN ?3 THEN bytes END FROM entries"
              " WHERE number < ?1 ORDER BY number DESC LIMIT ?2"),
    [LIST_TYPE] = ("SELECT " COLUMNS ", CASE WHEN ?3 THEN bytes END FROM entries"
                   " WHERE type = ?4 AND number < ?1 ORDER BY number DESC LIMIT ?2"),
    [SEARCH] = ("SELECT entry, item FROM marks WHERE kind = ?1 AND key = ?2"
                " AND (entry, item) < (?3, ?4) ORDER BY entry DESC, item DESC LIMIT ?5"),
    [ACT] = ("INSERT OR IGNORE INTO acts (kind, key, entry) VALUES (?1, ?2, ?3)"),
    [STORY] = ("SELECT " STORY_COLUMNS " FROM acts a JOIN entries n ON n.number = a.entry"
               " WHERE a.kind = ?1 AND a.key = ?2 AND a.entry > ?3 ORDER BY a.entry LIMIT ?4"),
    /* From the entries marked, up along what each is about (a certificate's issuance, that one's
     * proposal), and from all of these down to what was said about them. Proposals are kind 5,
     * grants kind 4 (enum index_kind). */
    [STORY_WIDE] =
        ("WITH RECURSIVE"
         " direct (number) AS (SELECT entry FROM acts WHERE kind = ?1 AND key = ?2),"
         " above (leaf) AS (SELECT n.subject FROM direct d JOIN entries n USING (number)"
         " WHERE n.subject IS NOT NULL"
         " UNION SELECT n.subject FROM above u JOIN entries n ON n.leaf = u.leaf"
         " WHERE n.subject IS NOT NULL),"
         " leaves (leaf) AS (SELECT n.leaf FROM direct d JOIN entries n USING (number)"
         " UNION SELECT leaf FROM above),"
         " whole (number) AS (SELECT number FROM direct"
         " UNION SELECT n.number FROM leaves l JOIN entries n ON n.leaf = l.leaf"
         " UNION SELECT a.entry FROM leaves l JOIN acts a ON a.kind = 5 AND a.key = l.leaf"
         " UNION SELECT a.entry FROM leaves l JOIN acts a ON a.kind = 4 AND a.key = l.leaf)"
         " SELECT " STORY_COLUMNS " FROM whole w JOIN entries n USING (number)"
         " WHERE n.number > ?3 ORDER BY n.number LIMIT ?4"),
    [APPROVERS] = ("SELECT n.actor FROM acts a JOIN entries n ON n.number = a.entry"
                   " WHERE a.kind = 5 AND a.key = ?1 AND n.type = 'approval'"
                   " ORDER BY n.number LIMIT ?2"),
    [TIME_OF] = ("SELECT time_ms FROM entries WHERE number = ?1"),
    [WORD_PUT] = ("INSERT OR IGNORE INTO words (text) VALUES (?1)"),
    [WORD_GET] = ("SELECT id FROM words WHERE text = ?1"),
    [GRANT_PUT] = ("INSERT INTO grants (entry, leaf, path, signer, actor)"
                   " VALUES (?1, ?2, ?3, ?4, ?5)"),
    [GRANT_GET] = ("SELECT entry, path, actor FROM grants WHERE leaf = ?1"),
    [ARTIFACT_PUT] = ("INSERT INTO artifacts (granted, number, name, format, algorithm, digest)"
                      " VALUES (?1, ?2, ?3, ?4, ?5, ?6)"),
    [ARTIFACT_NEXT] = ("SELECT coalesce(max(number) + 1, 0) FROM artifacts WHERE granted = ?1"),
    [SIGNATURE_PUT] = ("INSERT INTO signatures (entry, item, time_ms, month, key, certificate,"
                       " granted, path, actor, artifact, id, tbs)"
                       " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)"),
    [TALLY] = ("INSERT INTO tallies (key, certificate, path, actor, month, count, first_ms,"
               " last_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7)"
               " ON CONFLICT DO UPDATE SET count = count + ?6, last_ms = ?7"),
    [BIND] = ("UPDATE signatures SET artifact = ?4 WHERE granted = ?1 AND tbs = ?2"
              " AND key = " WORD("?3")),
    [CERTIFICATE_PUT] = ("INSERT INTO certificates (number, serial, key) VALUES (?1, ?2, ?3)"),
    [CERTIFICATE_GET] = ("SELECT c.serial, k.text FROM certificates c JOIN words k ON k.id = c.key"
                         " WHERE c.number = ?1"),
    [TALLIES + INDEX_BY_KEY] = TALLIED(OF_KEY),
    [TALLIES + INDEX_BY_CERTIFICATE] = TALLIED(OF_CERTIFICATE),
    [TALLIES + INDEX_BY_PATH] = TALLIED(OF_PATH),
    [TALLIES + INDEX_BY_ACTOR] = TALLIED(OF_ACTOR),
    [TALLIES + INDEX_BY_GRANT] = COUNTED(OF_GRANT),
    [TALLIES + INDEX_BY_ARTIFACT] = COUNTED(OF_ARTIFACT),
    [TALLIES + INDEX_BY_SIGNATURE] = COUNTED(OF_SIGNATURE),
    [SIGNED + INDEX_BY_KEY] = LISTED(OF_KEY),
    [SIGNED + INDEX_BY_CERTIFICATE] = LISTED(OF_CERTIFICATE),
    [SIGNED + INDEX_BY_PATH] = LISTED(OF_PATH),
    [SIGNED + INDEX_BY_ACTOR] = LISTED(OF_ACTOR),
    [SIGNED + INDEX_BY_GRANT] = LISTED(OF_GRANT),
    [SIGNED + INDEX_BY_ARTIFACT] = LISTED(OF_ARTIFACT),
    [SIGNED + INDEX_BY_SIGNATURE] = LISTED(OF_SIGNATURE),
    [CUT + INDEX_BY_KEY] = CUT_AT(OF_KEY),
    [CUT + INDEX_BY_CERTIFICATE] = CUT_AT(OF_CERTIFICATE),
    [CUT + INDEX_BY_PATH] = CUT_AT(OF_PATH),
    [CUT + INDEX_BY_ACTOR] = CUT_AT(OF_ACTOR),
    [CUT + INDEX_BY_GRANT] = CUT_AT(OF_GRANT),
    [CUT + INDEX_BY_ARTIFACT] = CUT_AT(OF_ARTIFACT),
    [CUT + INDEX_BY_SIGNATURE] = CUT_AT(OF_SIGNATURE),
};

_Static_assert(SQLITE_STATEMENTS <= DATABASE_STATEMENTS_MAX, "the statements have a place each");
