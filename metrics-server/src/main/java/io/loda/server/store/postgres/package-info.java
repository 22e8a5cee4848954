/**
 * Keeps metrics in PostgreSQL. The only user of its driver, of the connections' pool and of Flyway.
 *
 * <pre>
 * PostgresStore ── Calls ── Database ── Schema        a worker thread a call; again after 1, 3, 5 s
 *                   │          └─ pool of as many connections as there are threads
 *                   └─ Work: Update, Reads            what is done on a connection
 * </pre>
 *
 * <p>An update is one transaction: its values, and the request's key with the answer. Rows are
 * locked in one order, by name and kind, and the key's last, so that two updates never wait for
 * each other. Whoever comes with a key that another transaction has not committed yet waits for it,
 * and gets its answer. Only a commit's lost answer leaves open what happened: with a key the update
 * is tried again, and finds its key or not; without one it isn't.
 */
@NullMarked
package io.loda.server.store.postgres;

import org.jspecify.annotations.NullMarked;
