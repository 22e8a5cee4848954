/**
 * HOCON read with every problem at once: the key, what was expected, what was found, the file and
 * the line. With {@code agent.config} the only user of Typesafe Config.
 */
@NullMarked
package io.loda.common.config;

import org.jspecify.annotations.NullMarked;
