/**
 * Plugins apart from their schedule: versions and updates, enabling and disabling, runs by hand,
 * and the history of runs.
 */
@NullMarked
package io.loda.agent.plugins;

import org.jspecify.annotations.NullMarked;
