package io.loda.common.settings;

import org.jspecify.annotations.Nullable;

/**
 * A setting of a small program.
 *
 * @param name its flag without the dashes, and its key in the file: {@code store-interval}
 * @param letter its short flag without the dash; null: none
 * @param variable its environment variable
 * @param otherwise its default
 * @param onOff whether it is a boolean, whose flag alone means true
 * @param emptyCounts whether an empty text is a value; else it counts as missing
 * @param description the text of {@code --help}
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

  /** The key of signatures, which a server and its agents share. */
  public static final Setting KEY =
      mayBeEmpty("key", "k", "KEY", "", "What requests and answers are signed with (HMAC-SHA256).");

  /** Makes a setting whose value can't be empty. */
  public static Setting of(
      String name, @Nullable String letter, String variable, String otherwise, String description) {
    return new Setting(name, letter, variable, otherwise, false, false, description);
  }

  /** Makes a setting whose empty value means none: no file, no key. */
  public static Setting mayBeEmpty(
      String name, @Nullable String letter, String variable, String otherwise, String description) {
    return new Setting(name, letter, variable, otherwise, false, true, description);
  }

  /** Makes a boolean setting. */
  public static Setting onOff(
      String name,
      @Nullable String letter,
      String variable,
      boolean otherwise,
      String description) {
    return new Setting(
        name, letter, variable, Boolean.toString(otherwise), true, false, description);
  }

  /** Returns its name in messages: {@code --store-interval (STORE_INTERVAL)}. */
  String shown() {
    return "--" + name + " (" + variable + ")";
  }
}
