/** Where the log goes. The only user of Logback. */
@NullMarked
package io.loda.agent.logging;

import org.jspecify.annotations.NullMarked;
