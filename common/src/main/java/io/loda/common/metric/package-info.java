/**
 * Metrics as text: JSON, NDJSON, InfluxDB line protocol. The same rules apply to plugins and to
 * posts.
 */
@NullMarked
package io.loda.common.metric;

import org.jspecify.annotations.NullMarked;
