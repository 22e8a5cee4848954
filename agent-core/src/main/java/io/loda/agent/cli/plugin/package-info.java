/**
 * {@code agent plugin …}: the commands that call the running agent about its plugins, or make a new
 * plugin.
 */
@NullMarked
package io.loda.agent.cli.plugin;

import org.jspecify.annotations.NullMarked;
