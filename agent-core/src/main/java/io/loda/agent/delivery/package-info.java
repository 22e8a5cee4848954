/** What waits for an output, and who sends it. */
@NullMarked
package io.loda.agent.delivery;

import org.jspecify.annotations.NullMarked;
