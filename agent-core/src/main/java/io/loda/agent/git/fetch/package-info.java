/**
 * The child that fetches, as the agent sees it: its user, its folder, its time, its class path, and
 * who waits for whom.
 */
@NullMarked
package io.loda.agent.git.fetch;

import org.jspecify.annotations.NullMarked;
