/** The HTTP API: a routes class for each group of calls. */
@NullMarked
package io.loda.agent.http;

import org.jspecify.annotations.NullMarked;
