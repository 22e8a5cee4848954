/** Turns metrics into encoded points: name, tags, timestamp, topic, bytes. */
@NullMarked
package io.loda.agent.pipeline;

import org.jspecify.annotations.NullMarked;
