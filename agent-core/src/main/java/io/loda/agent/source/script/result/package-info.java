/** The result of a run: how it ended, and what it used. */
@NullMarked
package io.loda.agent.source.script.result;

import org.jspecify.annotations.NullMarked;
