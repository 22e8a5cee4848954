/** The messages between the agent and the child that fetches, and the files that both use. */
@NullMarked
package io.loda.agent.git.exchange;

import org.jspecify.annotations.NullMarked;
