/**
 * Profiles of this process, which an operator asks for by a signal: what it does with the
 * processor, and what is in its memory.
 */
@NullMarked
package io.loda.common.profile;

import org.jspecify.annotations.NullMarked;
