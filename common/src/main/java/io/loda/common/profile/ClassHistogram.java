package io.loda.common.profile;

import java.lang.management.ManagementFactory;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.management.JMException;
import javax.management.ObjectName;

/** How many objects of each class there are, as {@code jcmd GC.class_histogram} says. */
public final class ClassHistogram {

  private static final Pattern TOTAL = Pattern.compile("(?m)^Total\\s+(\\d+)\\s+(\\d+)\\s*$");
  private static final double TYPICAL_BYTES = 48;

  private ClassHistogram() {}

  /**
   * Collects what is garbage, and counts the rest. Takes a tenth of a second and more, in which the
   * process stands still.
   *
   * @throws IllegalStateException when this JVM has no such command
   */
  public static String text() {
    try {
      return (String)
          ManagementFactory.getPlatformMBeanServer()
              .invoke(
                  new ObjectName("com.sun.management:type=DiagnosticCommand"),
                  "gcClassHistogram",
                  new Object[] {new String[0]},
                  new String[] {String[].class.getName()});
    } catch (JMException e) {
      throw new IllegalStateException("this JVM has no class histogram: " + e.getMessage(), e);
    }
  }

  /** Returns how many bytes an object has on average, of a {@link #text}. */
  public static double meanObjectBytes(String text) {
    Matcher total = TOTAL.matcher(text);
    return total.find() && !total.group(1).equals("0")
        ? Double.parseDouble(total.group(2)) / Double.parseDouble(total.group(1))
        : TYPICAL_BYTES;
  }
}
