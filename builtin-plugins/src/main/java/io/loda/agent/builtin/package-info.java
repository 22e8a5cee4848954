/**
 * The host's measurements: one {@link io.loda.agent.plugin.MetricPlugin} for each measurement type
 * that a registry can assign.
 *
 * <p>Names, tags and units are those of the agent that this one replaces, and so is the rounding:
 * two decimals, cut off rather than rounded. What is read comes from the kernel's own files.
 */
@NullMarked
package io.loda.agent.builtin;

import org.jspecify.annotations.NullMarked;
