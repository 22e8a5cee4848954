/**
 * A file of the spool: records with checksums, written at its end only, and read from any place.
 */
@NullMarked
package io.loda.agent.delivery.segment;

import org.jspecify.annotations.NullMarked;
