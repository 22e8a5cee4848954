/** Makes the class archive for the child that fetches, when the agent is built. */
@NullMarked
package io.loda.agent.git.archive;

import org.jspecify.annotations.NullMarked;
