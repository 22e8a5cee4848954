package io.loda.agent.builtin.log;

import io.loda.agent.builtin.kit.ItemFields;
import io.loda.agent.builtin.kit.TimedText;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The patterns of a {@code LOG} item.
 *
 * @param tags by name; each pattern has a group
 */
record LogPattern(Pattern line, Function function, Map<String, Pattern> tags) {

  enum Function {
    CNT,
    SUM,
    AVG,
    MAX,
    MIN;

    static Function of(String name) {
      return Arrays.stream(values())
          .filter(function -> function.name().equalsIgnoreCase(name))
          .findFirst()
          .orElseThrow(() -> ItemFields.wrong("func", "cnt, sum, avg, max or min", name));
    }
  }

  static LogPattern of(ItemFields given) {
    Pattern line = ItemFields.compile("pattern", given.required("pattern"));
    Function function = Function.of(given.text("func").orElse("cnt"));
    if (function != Function.CNT && line.matcher("").groupCount() == 0) {
      throw ItemFields.wrong("pattern", "a group that holds the number", line.pattern());
    }
    Map<String, Pattern> tags = new LinkedHashMap<>();
    for (String tag : given.list("tags", "")) {
      String key = "tag_" + tag;
      Pattern pattern = ItemFields.compile(key, given.required(key));
      if (pattern.matcher("").groupCount() == 0) {
        throw ItemFields.wrong(key, "a group that holds the tag's value", pattern.pattern());
      }
      tags.put(tag, pattern);
    }
    return new LogPattern(line, function, tags);
  }

  /** The result of one line; {@code number} is 1 if lines are counted. */
  record Match(Map<String, String> tags, OptionalDouble number) {}

  /**
   * Matches one line.
   *
   * @return null when it doesn't match
   * @throws TimedText.TimeOutException when a pattern takes too long
   */
  @org.jspecify.annotations.Nullable
  Match match(TimedText text) {
    Matcher matcher = line.matcher(text);
    if (!matcher.find()) {
      return null;
    }
    OptionalDouble number =
        function == Function.CNT ? OptionalDouble.of(1) : number(matcher.group(1));
    Map<String, String> values = new LinkedHashMap<>();
    tags.forEach(
        (name, pattern) -> {
          Matcher tag = pattern.matcher(text);
          if (tag.find() && tag.group(1) != null && !tag.group(1).isBlank()) {
            values.put(name, tag.group(1));
          }
        });
    return new Match(values, number);
  }

  private static OptionalDouble number(@Nullable String text) {
    try {
      double value = text == null ? Double.NaN : Double.parseDouble(text);
      return Double.isFinite(value) ? OptionalDouble.of(value) : OptionalDouble.empty();
    } catch (NumberFormatException e) {
      return OptionalDouble.empty();
    }
  }
}
