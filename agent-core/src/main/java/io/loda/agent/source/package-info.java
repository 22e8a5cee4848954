/** The sources of metrics: plugins and probes behind one interface. */
@NullMarked
package io.loda.agent.source;

import org.jspecify.annotations.NullMarked;
