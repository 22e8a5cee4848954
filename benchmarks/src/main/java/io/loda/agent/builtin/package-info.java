/** What the host's measurements cost. In their package, to reach what nobody else needs. */
@NullMarked
package io.loda.agent.builtin;

import org.jspecify.annotations.NullMarked;
