/**
 * {@code agent plugin …}: what asks the running agent about its plugins, and what makes a new one.
 */
@NullMarked
package io.loda.agent.cli.plugin;

import org.jspecify.annotations.NullMarked;
