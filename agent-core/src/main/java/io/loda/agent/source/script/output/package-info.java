/** What a plugin prints, read while it runs. */
@NullMarked
package io.loda.agent.source.script.output;

import org.jspecify.annotations.NullMarked;
