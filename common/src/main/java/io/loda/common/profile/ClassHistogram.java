package io.loda.common.profile;

import java.lang.management.ManagementFactory;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.management.JMException;
import javax.management.ObjectName;

/** The number of objects of each class, like {@code jcmd GC.class_histogram}. */
public final class ClassHistogram {

  private static final Pattern TOTAL = Pattern.compile("(?m)^Total\\s+(\\d+)\\s+(\\d+)\\s*$");
  private static final double TYPICAL_BYTES = 48;

  private ClassHistogram() {}

  /**
   * Collects garbage and counts the remaining objects. Pauses the whole process for a tenth of a
   * second or more.
   *
   * @throws IllegalStateException when this JVM doesn't have the command
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

  /** Returns the mean size of an object in bytes, from a {@link #text}. */
  public static double meanObjectBytes(String text) {
    Matcher total = TOTAL.matcher(text);
    return total.find() && !total.group(1).equals("0")
        ? Double.parseDouble(total.group(2)) / Double.parseDouble(total.group(1))
        : TYPICAL_BYTES;
  }
}
