/**
 * Settings of small programs: a flag overrides its environment variable, a variable overrides the
 * file of {@code --config}, and the file overrides the default. One table lists all settings; all
 * problems are reported at once.
 */
@NullMarked
package io.loda.common.settings;

import org.jspecify.annotations.NullMarked;
