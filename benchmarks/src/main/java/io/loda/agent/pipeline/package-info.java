/** What a posted point costs. In the pipeline's package, to reach what nobody else needs. */
@NullMarked
package io.loda.agent.pipeline;

import org.jspecify.annotations.NullMarked;
