/**
 * The processes of a run: control groups, the tree of those that hang on it, what they take, and
 * that all of them end.
 */
@NullMarked
package io.loda.agent.source.script.process;

import org.jspecify.annotations.NullMarked;
