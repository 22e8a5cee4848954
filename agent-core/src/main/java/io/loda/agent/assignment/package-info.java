/** What to collect, as the registry says it: one record a kind, parsed item by item. */
@NullMarked
package io.loda.agent.assignment;

import org.jspecify.annotations.NullMarked;
