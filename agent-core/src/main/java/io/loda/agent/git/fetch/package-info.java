/**
 * The agent's side of the child that fetches: its user, folder, deadline and class path, and the
 * queue of fetches.
 */
@NullMarked
package io.loda.agent.git.fetch;

import org.jspecify.annotations.NullMarked;
