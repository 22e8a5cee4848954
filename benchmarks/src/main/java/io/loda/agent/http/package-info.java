/** What the whole agent takes by HTTP, and delivers. */
@NullMarked
package io.loda.agent.http;

import org.jspecify.annotations.NullMarked;
