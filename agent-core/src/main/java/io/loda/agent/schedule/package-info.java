/** Who runs what and when: the poller, the scheduler and what they remember across restarts. */
@NullMarked
package io.loda.agent.schedule;

import org.jspecify.annotations.NullMarked;
