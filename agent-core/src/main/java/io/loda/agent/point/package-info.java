/**
 * Points and messages as bytes. The pipeline encodes points, delivery gathers them into messages
 * and queues these, an output sends them.
 */
@NullMarked
package io.loda.agent.point;

import org.jspecify.annotations.NullMarked;
