/**
 * Plugins beside their schedule: versions and updates, switched on and off by hand, run by hand,
 * and what is remembered of their runs.
 */
@NullMarked
package io.loda.agent.plugins;

import org.jspecify.annotations.NullMarked;
