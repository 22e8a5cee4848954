/**
 * What the commands share: the configuration's options, the terminal, and the calls to the running
 * agent. The commands are in the packages below. The only users of picocli.
 */
@NullMarked
package io.loda.agent.cli;

import org.jspecify.annotations.NullMarked;
