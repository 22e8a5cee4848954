/**
 * Stores metrics in memory and on disk: in a dump, and with an interval of 0 also in journals.
 *
 * <pre>
 *   metrics-db.json             the dump: all metrics, and the answers to requests with a key
 *   metrics-db.json.next        the next dump while it is written; renamed over the dump
 *   metrics-db.json.journal-a   changes since the dump, numbered, in order;
 *   metrics-db.json.journal-b     two, so that changes continue while a dump is written
 *   metrics-db.json.lock        locked by the server that uses them
 *   metrics-db.json.bad-TIME    a damaged file, or one of another user; never deleted
 *   metrics-db.json.old-TIME    a file that the server was told not to read; never deleted
 * </pre>
 *
 * <p>Dump and journals are lines of JSON. The {@code crc} of a line covers it and all lines before,
 * so damage begins at the first line whose checksum is wrong, and the last line has the checksum of
 * the whole file.
 *
 * <p>Invariants, also after a kill or a power failure between any two system calls:
 *
 * <ul>
 *   <li>The dump has the number of its last change. A restore skips the changes of a journal up to
 *       that one, so none counts twice, whichever files remain.
 *   <li>Dump and journal have the same random id; a journal is applied only to the dump with its
 *       id.
 *   <li>With an interval of 0 neither the sender nor readers see a change before it is on the disk.
 *       Requests that arrive during one fsync share the next.
 *   <li>If a write fails, its changes and all later ones are undone in memory, and the journal is
 *       truncated. If that fails too, the next change writes a new dump and journal, with a number
 *       higher than any in the old journal.
 * </ul>
 */
@NullMarked
package io.loda.server.store.dump;

import org.jspecify.annotations.NullMarked;
