/**
 * The registry asked again and again: the host reported, its namespaces and items taken, and
 * remembered for a start without it.
 */
@NullMarked
package io.loda.agent.poll;

import org.jspecify.annotations.NullMarked;
