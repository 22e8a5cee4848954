/** How the parts of a program start and close: in which order, and by when. */
@NullMarked
package io.loda.common.lifecycle;

import org.jspecify.annotations.NullMarked;
