/** Plugin repositories on disk. The only user of JGit. */
@NullMarked
package io.loda.agent.git;

import org.jspecify.annotations.NullMarked;
