/** The program: which command was meant. */
@NullMarked
package io.loda.agent;

import org.jspecify.annotations.NullMarked;
