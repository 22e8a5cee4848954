/** The agent's configuration and its owner's policy as records, from HOCON. */
@NullMarked
package io.loda.agent.config;

import org.jspecify.annotations.NullMarked;
