/** The registries, which give the host's assignments and take its reports. */
@NullMarked
package io.loda.agent.registry;

import org.jspecify.annotations.NullMarked;
