/** {@code agent report}, the reporting agent of small sites. */
@NullMarked
package io.loda.agent.cli.report;

import org.jspecify.annotations.NullMarked;
