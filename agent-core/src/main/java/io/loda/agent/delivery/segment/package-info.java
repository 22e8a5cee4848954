/** The files of the spool: records with checksums, appended only, readable from any offset. */
@NullMarked
package io.loda.agent.delivery.segment;

import org.jspecify.annotations.NullMarked;
