/**
 * HOCON to records: every problem and every unknown key at once. The only user of Typesafe Config.
 */
@NullMarked
package io.loda.agent.config;

import org.jspecify.annotations.NullMarked;
