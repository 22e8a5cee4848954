package io.loda.server.store;

import org.jspecify.annotations.Nullable;

/** The store can't do this now, but may later: its disk is full, or its database unreachable. */
public final class StoreUnavailable extends RuntimeException {

  private static final long serialVersionUID = 1L;

  public StoreUnavailable(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
