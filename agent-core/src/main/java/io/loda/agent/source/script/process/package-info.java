/**
 * The processes of a run: control groups, finding all of them, measuring what they use, and ending
 * them.
 */
@NullMarked
package io.loda.agent.source.script.process;

import org.jspecify.annotations.NullMarked;
