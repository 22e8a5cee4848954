/** Names looked up without holding up anybody, and the one way to ask over HTTP. */
@NullMarked
package io.loda.common.net;

import org.jspecify.annotations.NullMarked;
