/**
 * What a Java plugin sees of the agent. Needs the JDK only.
 *
 * <p>A plugin implements {@link io.loda.agent.plugin.MetricPlugin}, names itself in {@code
 * META-INF/services/io.loda.agent.plugin.MetricPlugin}, and is found by {@link
 * java.util.ServiceLoader}.
 */
@NullMarked
package io.loda.agent.plugin;

import org.jspecify.annotations.NullMarked;
