/**
 * The archive of the classes that the child that fetches loads, made once when the agent is built.
 */
@NullMarked
package io.loda.agent.git.archive;

import org.jspecify.annotations.NullMarked;
