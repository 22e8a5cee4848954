/** What sending costs. */
@NullMarked
package io.loda.agent.output;

import org.jspecify.annotations.NullMarked;
