/** Tests of the whole agent, as a process that bin/agent started. */
@NullMarked
package io.loda.agent.whole;

import org.jspecify.annotations.NullMarked;
