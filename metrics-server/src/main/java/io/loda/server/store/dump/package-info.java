/**
 * Keeps metrics in memory and on disk: a dump, and with an interval of 0 journals beside it.
 *
 * <pre>
 *   metrics-db.json             the dump: every metric, and the answers of requests with a key
 *   metrics-db.json.next        the next dump while it is written; renamed over the dump
 *   metrics-db.json.journal-a   changes since a dump, in their order, each with its number;
 *   metrics-db.json.journal-b     two, so that changes go on while a dump is written
 *   metrics-db.json.lock        held by the server that has them
 *   metrics-db.json.bad-TIME    what couldn't be read, or wasn't ours; nothing deletes it
 *   metrics-db.json.old-TIME    what was there when a server started without restoring it
 * </pre>
 *
 * <p>All are lines of JSON. A line's {@code crc} covers it and all lines before, so the first that
 * doesn't fit is where the damage begins, and the last one's is that of the whole file.
 *
 * <p>What holds, also after a kill or a power cut between any two calls of the system:
 *
 * <ul>
 *   <li>The dump says up to which change it has them. A journal's changes up to that one are passed
 *       over, so none counts twice, whichever files are still there.
 *   <li>Both say the same id, made at random with the first dump; a journal is applied to no other.
 *   <li>With an interval of 0 nobody is told of a change, neither who sent it nor who reads, before
 *       the disk has it. Requests that come during one fsync share the next.
 *   <li>What the disk refuses is taken back from memory, with all that came after it, and cut off
 *       the journal. Where even that fails, the next change begins a dump and a journal anew, with
 *       a number that is higher than all that the old journal may hold.
 * </ul>
 */
@NullMarked
package io.loda.server.store.dump;

import org.jspecify.annotations.NullMarked;
