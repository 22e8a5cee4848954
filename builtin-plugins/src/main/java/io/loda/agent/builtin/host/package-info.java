/** The host as a whole: processor, memory, kernel, clock, logins, core dumps. */
@NullMarked
package io.loda.agent.builtin.host;

import org.jspecify.annotations.NullMarked;
