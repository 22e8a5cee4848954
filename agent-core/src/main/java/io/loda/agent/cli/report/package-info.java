/** {@code agent report}. */
@NullMarked
package io.loda.agent.cli.report;

import org.jspecify.annotations.NullMarked;
