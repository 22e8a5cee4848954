/**
 * Plugin repositories on disk: the version in force, its rollout, and a rollback. Only a child
 * process ({@link io.loda.agent.git.child}) of another user reads what a server sends.
 */
@NullMarked
package io.loda.agent.git;

import org.jspecify.annotations.NullMarked;
