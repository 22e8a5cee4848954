/** Applies the host owner's policy: leaves out the assignments that it refuses. */
@NullMarked
package io.loda.agent.assignment.policy;

import org.jspecify.annotations.NullMarked;
