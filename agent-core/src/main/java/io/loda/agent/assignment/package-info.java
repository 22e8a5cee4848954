/** The registry's items, parsed one by one into assignments: a record for each kind. */
@NullMarked
package io.loda.agent.assignment;

import org.jspecify.annotations.NullMarked;
