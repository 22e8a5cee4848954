/**
 * Points as bytes: encoded once, put together into messages, and sent as they are. The pipeline
 * makes them, delivery keeps them, an output sends them.
 */
@NullMarked
package io.loda.agent.point;

import org.jspecify.annotations.NullMarked;
