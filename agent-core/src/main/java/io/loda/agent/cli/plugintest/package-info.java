/**
 * {@code agent plugin test}: a plugin run once as the agent would run it, and what would become of
 * its output.
 */
@NullMarked
package io.loda.agent.cli.plugintest;

import org.jspecify.annotations.NullMarked;
