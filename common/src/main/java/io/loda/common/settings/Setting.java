package io.loda.common.settings;

import org.jspecify.annotations.Nullable;

/**
 * One setting.
 *
 * @param name its flag without the dashes, and its key in the file: {@code store-interval}
 * @param letter its short flag without the dash; null: none
 * @param variable its environment variable
 * @param otherwise what holds where nobody says it
 * @param onOff whether the flag alone means true
 * @param emptyCounts whether an empty text is a value; else it is as good as none
 * @param description what {@code --help} says
 */
public record Setting(
    String name,
    @Nullable String letter,
    String variable,
    String otherwise,
    boolean onOff,
    boolean emptyCounts,
    String description) {

  public static final Setting LOG_LEVEL =
      of("log-level", "l", "LOG_LEVEL", "info", "One of debug, info, warn, error.");

  /** The key that the server and those who report to it share. */
  public static final Setting KEY =
      mayBeEmpty("key", "k", "KEY", "", "What requests and answers are signed with (HMAC-SHA256).");

  /** A setting of some text. */
  public static Setting of(
      String name, @Nullable String letter, String variable, String otherwise, String description) {
    return new Setting(name, letter, variable, otherwise, false, false, description);
  }

  /** One whose empty text means that there is none: no file, no key. */
  public static Setting mayBeEmpty(
      String name, @Nullable String letter, String variable, String otherwise, String description) {
    return new Setting(name, letter, variable, otherwise, false, true, description);
  }

  /** One that is true or false. */
  public static Setting onOff(
      String name,
      @Nullable String letter,
      String variable,
      boolean otherwise,
      String description) {
    return new Setting(
        name, letter, variable, Boolean.toString(otherwise), true, false, description);
  }

  /** How messages name it: {@code --store-interval (STORE_INTERVAL)}. */
  String shown() {
    return "--" + name + " (" + variable + ")";
  }
}
