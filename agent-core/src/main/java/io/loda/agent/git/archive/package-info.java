/** Makes the archive of the classes that the child that fetches loads, when the agent is built. */
@NullMarked
package io.loda.agent.git.archive;

import org.jspecify.annotations.NullMarked;
