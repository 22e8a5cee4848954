/**
 * Reads HOCON and reports all problems at once: key, what was expected, what was found, file and
 * line. With {@code agent.config} the only user of Typesafe Config.
 */
@NullMarked
package io.loda.common.config;

import org.jspecify.annotations.NullMarked;
