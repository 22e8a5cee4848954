/**
 * A commit and its files, hashed by our own code: what the child wrote is what the commit says, or
 * it isn't taken.
 */
@NullMarked
package io.loda.agent.git.commit;

import org.jspecify.annotations.NullMarked;
