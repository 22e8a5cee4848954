/** What fetching plugins' repositories costs. */
@NullMarked
package io.loda.agent.git;

import org.jspecify.annotations.NullMarked;
