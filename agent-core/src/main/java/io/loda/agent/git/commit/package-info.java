/**
 * A commit and its files, hashed by the agent's own code: files that a child wrote are refused
 * unless they are the commit's.
 */
@NullMarked
package io.loda.agent.git.commit;

import org.jspecify.annotations.NullMarked;
