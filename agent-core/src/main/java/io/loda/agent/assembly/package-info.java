/**
 * The running agent put together: its parts, what each is given, its memory and folders, and the
 * order in which they start and stop.
 */
@NullMarked
package io.loda.agent.assembly;

import org.jspecify.annotations.NullMarked;
