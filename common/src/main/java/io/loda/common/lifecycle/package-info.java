/** The order and the deadlines in which the parts of a program start and close. */
@NullMarked
package io.loda.common.lifecycle;

import org.jspecify.annotations.NullMarked;
