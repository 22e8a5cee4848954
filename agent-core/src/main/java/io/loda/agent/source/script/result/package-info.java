/** How a run ended, and what it took. */
@NullMarked
package io.loda.agent.source.script.result;

import org.jspecify.annotations.NullMarked;
