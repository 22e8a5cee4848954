/** What the metrics server bears. */
@NullMarked
package io.loda.server;

import org.jspecify.annotations.NullMarked;
