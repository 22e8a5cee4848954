package io.loda.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The pages lead to each other, and the README to all of them. */
class DocumentationTest {

  private static final Path ROOT = Path.of(System.getProperty("agent.root", "..")).normalize();
  private static final Path README = ROOT.resolve("README.md");
  private static final int MOST_LINES = 120;
  private static final Pattern LINK =
      Pattern.compile("]\\((?<file>[^)#\\s]*)(#(?<anchor>[^)]+))?\\)");
  private static final Pattern CODE = Pattern.compile("(?ms)^```.*?^```$");

  private static List<Path> pages() throws IOException {
    try (Stream<Path> root = Files.list(ROOT);
        Stream<Path> docs = Files.list(ROOT.resolve("docs"))) {
      return Stream.concat(root, docs).filter(file -> file.toString().endsWith(".md")).toList();
    }
  }

  private static String prose(Path page) throws IOException {
    return CODE.matcher(Files.readString(page)).replaceAll("");
  }

  /** As GitHub makes them of headings. */
  private static Set<String> anchors(Path page) throws IOException {
    return prose(page)
        .lines()
        .filter(line -> line.startsWith("#"))
        .map(line -> line.replaceFirst("^#+ ", "").toLowerCase(Locale.ROOT))
        .map(heading -> heading.replaceAll("[^\\p{L}\\p{N}_ -]", "").replace(' ', '-'))
        .collect(Collectors.toSet());
  }

  @Test
  void everyLinkLeadsSomewhere() throws IOException {
    List<String> dead = new ArrayList<>();
    for (Path page : pages()) {
      Matcher link = LINK.matcher(prose(page));
      while (link.find()) {
        String file = link.group("file");
        if (file.contains("://")) {
          continue;
        }
        Path target = file.isEmpty() ? page : page.resolveSibling(file).normalize();
        String anchor = link.group("anchor");
        if (!Files.exists(target) || (anchor != null && !anchors(target).contains(anchor))) {
          dead.add(ROOT.relativize(page) + ": " + link.group());
        }
      }
    }
    assertThat(dead).isEmpty();
  }

  @Test
  void theReadmeIsShortAndLinksEveryPage() throws IOException {
    String readme = Files.readString(README);

    assertThat(readme.lines().count()).isLessThanOrEqualTo(MOST_LINES);
    assertThat(pages())
        .contains(ROOT.resolve("docs/configuration.md"))
        .filteredOn(page -> !page.equals(README))
        .allSatisfy(page -> assertThat(readme).contains("](" + ROOT.relativize(page) + ")"));
  }
}
