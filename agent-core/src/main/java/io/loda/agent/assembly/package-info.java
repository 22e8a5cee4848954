/**
 * Assembles the running agent: its parts and what each gets, its memory and folders, and the order
 * of start and stop.
 */
@NullMarked
package io.loda.agent.assembly;

import org.jspecify.annotations.NullMarked;
