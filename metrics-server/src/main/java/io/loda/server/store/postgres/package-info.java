/**
 * Stores metrics in PostgreSQL. The only user of pgjdbc, HikariCP and Flyway.
 *
 * <pre>
 * PostgresStore ── Calls ── Database ── Schema        a worker thread for each call; retries after 1, 3, 5 s
 *                   │          └─ pool with one connection for each thread
 *                   └─ Work: Update, Reads            statements on one connection
 * </pre>
 *
 * <p>An update is one transaction: the values, and the key of the request with the answer. It locks
 * rows in one order, by name and kind, and the key last, so that updates can't deadlock. A request
 * whose key another transaction hasn't committed yet waits for that one, and gets its answer. If
 * the answer to a commit is lost, the outcome is unknown: an update with a key is retried, and
 * finds its key if it was committed; one without a key is not retried.
 */
@NullMarked
package io.loda.server.store.postgres;

import org.jspecify.annotations.NullMarked;
