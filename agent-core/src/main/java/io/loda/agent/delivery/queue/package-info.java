/**
 * The queue of one output, oldest first and bounded in bytes: {@code MessageQueue} in memory first,
 * and then in a {@code Spool}, unless the durability is {@code memory}. A POST asks for room and is
 * refused where there is none: its points are promised. Scheduled points don't ask and push out the
 * oldest that aren't promised.
 *
 * <h2>States of a {@code QueuedMessage}</h2>
 *
 * Its place in memory and its state on disk change independently of each other:
 *
 * <pre>
 *   in memory                    take()             done()
 *     behind ------&gt; head ---------------&gt; taken ----------&gt; done
 *       |            ^  ^                    |
 *       | written    |  +------ back() ------+
 *       v            |
 *     disk only -----+ read()
 *
 *   on disk        takeUnwritten()         append()
 *     unwritten ------------------&gt; batch ----------&gt; stored
 *       ^  ^                          |                |  |
 *       |  +-- the write failed ------+                |  +--&gt; dropped: its segment was deleted
 *       +----- somebody deleted its segment (LOST) ----+       to make room (DELETED, NOWHERE)
 * </pre>
 *
 * <ul>
 *   <li>behind: no flag · head: {@code handed} · taken: {@code handed} and {@code taken} · done:
 *       {@code done} (delivered, refused or dropped) · disk only: there is no entry; reading it
 *       makes one with {@code handed} and {@code replayed}.
 *   <li>unwritten: {@code unwritten}, {@code owed}, no {@code place} · batch: {@code owed} only ·
 *       stored: {@code place}. {@code owed} spans both of the first two, so that the disk room of a
 *       batch stays reserved while it is written.
 *   <li>{@code before}, {@code after} and {@code order} belong to {@code Droppable}: an entry is in
 *       it while it is unwritten, neither taken nor promised. Only then may memory drop it.
 * </ul>
 *
 * <h2>Who may change what</h2>
 *
 * Any thread adds. The publisher's event loop takes, gives back and finishes. The queue's worker
 * reads, writes and deletes files, outside the lock and one task at a time. Every flag is changed
 * under the queue's lock, with two exceptions by the worker: it sets {@code place} as it writes,
 * and all flags of an entry that it has just read and nobody else has yet. Without a disk all
 * messages stay in the head, unwritten until they are done.
 *
 * <h2>What holds</h2>
 *
 * <ul>
 *   <li>Order: taken, head, disk only, behind. While the disk has messages that aren't in memory,
 *       new ones go behind; with {@code newest-first} they go to the head.
 *   <li>A waiting message counts once: those in memory here, those on disk only in the spool.
 *   <li>A message that is delivered before it is due on disk is never written. With {@code spill}
 *       it is due at three quarters of {@code delivery.max-delay}, or when a batch waits behind;
 *       with {@code sync} at once.
 *   <li>Memory over its bound drops from {@code Droppable}; promised messages take at most 15/16 of
 *       memory and leave one segment of the disk free, so that scheduled points find room.
 *   <li>{@code stored()} of {@code sync}, and {@code flush()}, complete after the open messages
 *       were sealed, written and forced to disk. While the disk fails they fail, and messages stay
 *       in memory.
 *   <li>A kill -9 loses open messages, unwritten ones, and a batch that isn't written yet; with
 *       {@code sync} no POST of these was answered 200. Messages in flight, and those done since
 *       the cursor was last written, arrive twice.
 * </ul>
 */
@NullMarked
package io.loda.agent.delivery.queue;

import org.jspecify.annotations.NullMarked;
