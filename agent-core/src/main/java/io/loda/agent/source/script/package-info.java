/** Script plugins as sources: run on schedule or for ever, from a checkout or a local folder. */
@NullMarked
package io.loda.agent.source.script;

import org.jspecify.annotations.NullMarked;
