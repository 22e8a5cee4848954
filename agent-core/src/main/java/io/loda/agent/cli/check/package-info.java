/**
 * {@code agent check}: finds what is wrong with the configuration and the registry's folder before
 * the agent runs with them.
 */
@NullMarked
package io.loda.agent.cli.check;

import org.jspecify.annotations.NullMarked;
