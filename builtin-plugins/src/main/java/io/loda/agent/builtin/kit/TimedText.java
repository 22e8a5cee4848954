package io.loda.agent.builtin.kit;

/**
 * A text that throws when it is read for too long.
 *
 * <p>Some regular expressions take a time that doubles with each character. The JDK's engine can't
 * be interrupted, but it calls this for every character.
 */
public final class TimedText implements CharSequence {
  private static final int READS_BETWEEN_LOOKS_AT_THE_CLOCK = 4096;

  private static final long NANOS = 200_000_000L;

  private final String text;
  private final long deadline;
  private int reads;

  private TimedText(String text, long deadline) {
    this.text = text;
    this.deadline = deadline;
  }

  /** Returns a text that may be read from now on, for longer than a sensible pattern needs. */
  public static TimedText of(String text) {
    return new TimedText(text, System.nanoTime() + NANOS);
  }

  /** A pattern takes too long. Has no stack trace, as it is expected. */
  public static final class TimeOutException extends RuntimeException {
    private static final long serialVersionUID = 1;

    TimeOutException() {
      super("the pattern takes too long", null, false, false);
    }
  }

  @Override
  public char charAt(int index) {
    if (++reads % READS_BETWEEN_LOOKS_AT_THE_CLOCK == 0 && System.nanoTime() - deadline > 0) {
      throw new TimeOutException();
    }
    return text.charAt(index);
  }

  @Override
  public int length() {
    return text.length();
  }

  @Override
  public CharSequence subSequence(int start, int end) {
    return text.substring(start, end);
  }

  @Override
  public String toString() {
    return text;
  }
}
