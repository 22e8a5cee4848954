/** Real servers for tests, started on free ports and ended by their process. */
@NullMarked
package io.loda.common.testing;

import org.jspecify.annotations.NullMarked;
