/**
 * Points and messages as bytes. The pipeline encodes points, delivery gathers them into messages
 * and queues these, an output sends them. A {@link MetricTaker} is where a run's metrics come in.
 */
@NullMarked
package io.loda.agent.point;

import org.jspecify.annotations.NullMarked;
