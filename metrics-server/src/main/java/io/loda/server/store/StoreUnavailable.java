package io.loda.server.store;

import org.jspecify.annotations.Nullable;

/** The store can't do it now, and may later: its disk is full, its database away. */
public final class StoreUnavailable extends RuntimeException {

  private static final long serialVersionUID = 1L;

  public StoreUnavailable(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
