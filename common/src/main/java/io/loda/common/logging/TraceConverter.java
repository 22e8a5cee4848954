package io.loda.common.logging;

import ch.qos.logback.classic.pattern.ThrowableProxyConverter;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.classic.spi.StackTraceElementProxy;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Writes a stack trace: its lines are ours, and each exception's message stays within its line. */
final class TraceConverter extends ThrowableProxyConverter {

  @Override
  protected String throwableProxyToString(IThrowableProxy thrown) {
    return super.throwableProxyToString(new Visible(thrown));
  }

  private record Visible(IThrowableProxy thrown) implements IThrowableProxy {

    private static @Nullable String visible(@Nullable String message) {
      return message == null ? null : VisibleText.line(message);
    }

    @Override
    @SuppressWarnings("NullAway") // null is an exception without a message
    public String getMessage() {
      return visible(thrown.getMessage());
    }

    @Override
    @SuppressWarnings("NullAway") // null is an exception without one
    public String getOverridingMessage() {
      return visible(thrown.getOverridingMessage());
    }

    @Override
    public String getClassName() {
      return thrown.getClassName();
    }

    @Override
    public StackTraceElementProxy[] getStackTraceElementProxyArray() {
      return thrown.getStackTraceElementProxyArray();
    }

    @Override
    public int getCommonFrames() {
      return thrown.getCommonFrames();
    }

    @Override
    @SuppressWarnings("NullAway") // null is an exception without a cause
    public IThrowableProxy getCause() {
      IThrowableProxy cause = thrown.getCause();
      return cause == null ? null : new Visible(cause);
    }

    @Override
    public IThrowableProxy[] getSuppressed() {
      return Arrays.stream(thrown.getSuppressed())
          .map(Visible::new)
          .toArray(IThrowableProxy[]::new);
    }

    @Override
    public boolean isCyclic() {
      return thrown.isCyclic();
    }
  }
}
