/** The commands about the agent itself: start, stop, status, version, and what waits on disk. */
@NullMarked
package io.loda.agent.cli.service;

import org.jspecify.annotations.NullMarked;
