/** The user that a plugin runs as, of its own where the agent is root. */
@NullMarked
package io.loda.agent.source.script.user;

import org.jspecify.annotations.NullMarked;
