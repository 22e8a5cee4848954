/**
 * Polls the registry: reports the host, gets its namespaces and items, and saves them for a start
 * without the registry.
 */
@NullMarked
package io.loda.agent.poll;

import org.jspecify.annotations.NullMarked;
