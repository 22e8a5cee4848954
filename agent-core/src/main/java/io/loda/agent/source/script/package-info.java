/**
 * Script plugins as sources: one that is run on schedule, one that runs for ever, and the folder
 * that they come from.
 */
@NullMarked
package io.loda.agent.source.script;

import org.jspecify.annotations.NullMarked;
