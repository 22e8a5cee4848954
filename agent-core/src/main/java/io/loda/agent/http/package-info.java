/** The HTTP API: one routes class a group of calls. */
@NullMarked
package io.loda.agent.http;

import org.jspecify.annotations.NullMarked;
