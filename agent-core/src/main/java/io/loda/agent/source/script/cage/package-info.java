/** The bounds of a run: its command line with limits, its folders, and what it leaves behind. */
@NullMarked
package io.loda.agent.source.script.cage;

import org.jspecify.annotations.NullMarked;
