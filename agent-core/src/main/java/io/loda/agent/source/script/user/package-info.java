/** The users that plugins run as: one for each if the agent is root. */
@NullMarked
package io.loda.agent.source.script.user;

import org.jspecify.annotations.NullMarked;
