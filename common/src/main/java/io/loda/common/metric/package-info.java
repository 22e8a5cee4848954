/**
 * Metrics as text: JSON, a JSON metric a line, InfluxDB line protocol. The same rules for plugins
 * and posts.
 */
@NullMarked
package io.loda.common.metric;

import org.jspecify.annotations.NullMarked;
