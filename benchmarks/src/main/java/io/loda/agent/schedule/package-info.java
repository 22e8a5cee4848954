/** What plugins' runs cost. In the scheduler's package, to reach what nobody else needs. */
@NullMarked
package io.loda.agent.schedule;

import org.jspecify.annotations.NullMarked;
