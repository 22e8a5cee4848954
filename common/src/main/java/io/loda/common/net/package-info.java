/** Host look-ups that block no event loop, and the agent's only HTTP client. */
@NullMarked
package io.loda.common.net;

import org.jspecify.annotations.NullMarked;
