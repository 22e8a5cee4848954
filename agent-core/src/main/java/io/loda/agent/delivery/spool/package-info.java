/**
 * What waits on disk: a folder an output with segments and a cursor, which says what of them is
 * done. One process at a time holds its lock.
 */
@NullMarked
package io.loda.agent.delivery.spool;

import org.jspecify.annotations.NullMarked;
