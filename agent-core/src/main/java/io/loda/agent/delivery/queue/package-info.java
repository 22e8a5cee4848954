/**
 * The queue of one output, oldest first and bounded in bytes: {@code MessageQueue} in memory first,
 * and then in a {@code Spool}, unless the durability is {@code memory}. A POST asks for room and is
 * refused where there is none: its points are promised. Scheduled points don't ask and push out the
 * oldest that aren't promised.
 *
 * <h2>States of a {@code QueuedMessage}</h2>
 *
 * It has two, which change independently of each other but for what is said below:
 *
 * <pre>
 *   in memory                     take()             done()
 *     BEHIND ------&gt; HEAD ---------------&gt; TAKEN ----------&gt; DONE
 *       |            ^  ^                     |
 *       | written()  |  +------ back() -------+        BEHIND, HEAD --&gt; DONE: dropped
 *       v            |
 *     disk only -----+ addRead()
 *
 *   on disk         takeUnwritten()         written()
 *     UNWRITTEN ------------------&gt; BATCH ------------&gt; STORED
 *       |  ^  ^                        |                   |
 *       |  |  +---- the write failed --+                   |
 *       |  +------- its segment was deleted: saveLost(), back()
 *       v
 *     UNNEEDED: it is DONE before it was written
 * </pre>
 *
 * <ul>
 *   <li>Only what is UNWRITTEN goes from BEHIND to HEAD: one that is BEHIND stays so while it is
 *       written, and leaves memory then. What is read back begins in HEAD, STORED.
 *   <li>A TAKEN or HEAD message of a BATCH that fails is UNWRITTEN again, and UNNEEDED if it is
 *       DONE by then.
 *   <li>A message needs disk room while it is UNWRITTEN or in a BATCH.
 *   <li>{@code before}, {@code after} and {@code order} belong to {@code Droppable}: it has all
 *       that is UNWRITTEN, BEHIND or in the HEAD, and not promised. Only these may memory drop.
 * </ul>
 *
 * <h2>Who may change what</h2>
 *
 * Any thread adds. The publisher's event loop takes, gives back and finishes. The queue's worker
 * reads, writes and deletes files, outside the lock and one task at a time. Both states are changed
 * under the queue's lock; only the worker's {@code place} isn't: it is set as the message is
 * written. Without a disk all messages stay in the head, UNWRITTEN until they are done.
 *
 * <h2>What holds</h2>
 *
 * <ul>
 *   <li>Order: taken, head, disk only, behind. While the disk has messages that aren't in memory,
 *       new ones go behind; with {@code newest-first} they go to the head.
 *   <li>What is in flight takes at most a quarter of {@code delivery.memory}, or is one message;
 *       with the head it takes at most half, but for messages that come back: a server that hangs
 *       leaves room for posts as long as the disk has some.
 *   <li>A waiting message counts once: those in memory here, those on disk only in the spool.
 *   <li>A message that is delivered before it is due on disk is never written. With {@code spill}
 *       it is due at three quarters of {@code delivery.max-delay}, or when a batch waits behind;
 *       with {@code sync} at once.
 *   <li>Memory over its bound drops from {@code Droppable}, whatever brought it there; promised
 *       messages take at most 15/16 of memory and leave one segment of the disk free, so that
 *       scheduled points find room.
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
