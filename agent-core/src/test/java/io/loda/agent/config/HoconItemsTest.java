package io.loda.agent.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HoconItemsTest {

  private final Path folder;

  HoconItemsTest(@TempDir Path folder) {
    this.folder = folder;
  }

  @Test
  void readsAListWithCommentsFirst() throws IOException {
    assertThat(
            read(
                """

                # what is collected here
                // and why
                [
                  { measurement_type = CPU, name = cpu.idle }   # one
                  { measurement_type = MEM, name = "mem used" }
                ]
                """))
        .isEqualTo(
            "[{\"measurement_type\":\"CPU\",\"name\":\"cpu.idle\"},"
                + "{\"measurement_type\":\"MEM\",\"name\":\"mem used\"}]");
  }

  @Test
  void numbersAndBooleansBecomeStringsAsTheRegistryHasThem() throws IOException {
    assertThat(read("[ { interval = 10, share = 0.5, on = true, list = [1] } ]"))
        .contains("\"interval\":\"10\"", "\"share\":\"0.5\"", "\"on\":\"true\"", "\"list\":[1]");
  }

  @Test
  void whatIsNoObjectStaysForTheParserToRefuse() throws IOException {
    assertThat(read("[ 5, text ]")).isEqualTo("[5,\"text\"]");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "# nothing", "{ a = 1 }", "text", "[ { a = 1 }", "[ ${nowhere} ]"})
  void whatIsNoListIsRefused(String text) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> read(text))
        .withMessageStartingWith("expected a list of items");
  }

  @Test
  void whatFollowsTheListIsRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> read("[ { a = 1 } ]\nmore = [ { b = 2 } ]"))
        .withMessageStartingWith("expected a list of items");
  }

  @Test
  void anErrorNamesItsLine() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> read("\n\n[\n  { a = \"b }\n]"))
        .withMessageContaining("4");
  }

  @Test
  void aMissingFileIsNoList() {
    assertThatThrownBy(() -> HoconItems.read(folder.resolve("none.conf")))
        .isInstanceOf(NoSuchFileException.class);
  }

  private String read(String text) throws IOException {
    return HoconItems.read(Files.writeString(folder.resolve("ns.conf"), text));
  }
}
