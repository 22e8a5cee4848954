/**
 * {@code agent plugin test}: runs a plugin once like the agent, and shows what would be sent of its
 * output.
 */
@NullMarked
package io.loda.agent.cli.plugintest;

import org.jspecify.annotations.NullMarked;
