/** CPU and memory profiles of this process, which an operator starts by a signal. */
@NullMarked
package io.loda.common.profile;

import org.jspecify.annotations.NullMarked;
