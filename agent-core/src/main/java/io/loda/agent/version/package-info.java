/** Which version of the agent this is. */
@NullMarked
package io.loda.agent.version;

import org.jspecify.annotations.NullMarked;
