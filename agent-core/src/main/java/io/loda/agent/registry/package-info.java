/** Where assignments come from, and whom the agent reports to. */
@NullMarked
package io.loda.agent.registry;

import org.jspecify.annotations.NullMarked;
