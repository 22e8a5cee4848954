/** The log. The only user of Logback. */
@NullMarked
package io.loda.common.logging;

import org.jspecify.annotations.NullMarked;
