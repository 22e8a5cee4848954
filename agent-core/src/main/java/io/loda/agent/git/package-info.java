/**
 * Plugin repositories on disk: which version is in force, which is on trial, which was taken back.
 * What a server sends is read by a child process ({@link io.loda.agent.git.child}), which runs as
 * another user.
 */
@NullMarked
package io.loda.agent.git;

import org.jspecify.annotations.NullMarked;
