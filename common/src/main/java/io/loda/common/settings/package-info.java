/**
 * Settings of small programs: a flag wins over its environment variable, that over the file of
 * {@code --config}, and that over the default. One table says which there are; everything that is
 * wrong is said at once.
 */
@NullMarked
package io.loda.common.settings;

import org.jspecify.annotations.NullMarked;
