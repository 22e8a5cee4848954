/**
 * The spool: the part of a queue that is on disk. Each output has a folder with a lock, segments
 * and a cursor:
 *
 * <pre>
 *   spool/&lt;output&gt;/lock                            one process at a time
 *   spool/&lt;output&gt;/cursor                          which messages are done, the next number
 *   spool/&lt;output&gt;/&lt;sequence&gt;-&lt;points&gt;.spool        a segment: records, appended only
 *
 *   written --(read: in memory too)--&gt; done --(whole segment done, cursor forced)--&gt; deleted
 * </pre>
 *
 * <h2>What holds, whatever the disk does and whatever others do to the folder</h2>
 *
 * <ul>
 *   <li>Messages are numbered in order. Each below the next number is in a segment, or done by the
 *       cursor, or missing; a missing one is counted once, when it is found.
 *   <li>A segment is appended to only by the process that created it. Whatever a killed process
 *       left at a segment's end is damage like any other, and is counted.
 *   <li>A written record isn't changed in place. To make room, a copy without the dropped messages
 *       is written, forced and renamed over it; a {@code Gap} record stands for what was left out.
 *   <li>A segment is deleted when all in it is done, after the cursor was forced: a file that is
 *       still there after a kill, or can't be deleted, isn't sent again. One that is deleted to
 *       make room goes before the cursor is written: a kill between counts its messages as missing.
 *   <li>The cursor has two slots that are forced in turn and one that isn't. The whole slot with
 *       the highest generation counts, so a torn write costs only the last update.
 *   <li>An I/O error drops nothing: read, write and delete are retried. Only a wrong checksum is
 *       damage.
 * </ul>
 *
 * <h2>What is forced to disk, and when</h2>
 *
 * <ul>
 *   <li>Messages: with {@code sync} and during a stop before their write is acknowledged; otherwise
 *       each second, when the next segment begins, and on close.
 *   <li>The folder: when a segment begins, for its name.
 *   <li>The cursor: each second, before a done segment is deleted, and on close. In between it is
 *       written without force after 256 done messages or 100 ms, and after messages were written:
 *       it tells how many, so that those that are cut from a file after a kill are counted.
 * </ul>
 *
 * After a kill -9 everything written is there, and the cursor lacks at most what was done since it
 * was written last: that much is sent twice. After a power failure {@code sync} has every message
 * that it acknowledged, {@code spill} may lack the last second; the cursor lacks up to a second.
 */
@NullMarked
package io.loda.agent.delivery.spool;

import org.jspecify.annotations.NullMarked;
