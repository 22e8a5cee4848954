/**
 * What the agent and the child that fetches tell each other, and the files that both understand.
 */
@NullMarked
package io.loda.agent.git.exchange;

import org.jspecify.annotations.NullMarked;
