package io.loda.agent.builtin.kit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import io.loda.agent.builtin.FakeHost;
import io.loda.agent.builtin.net.DevSampler;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** What has no size that could be asked for is read to a bound, whoever made it. */
@EnabledOnOs(OS.LINUX)
class KernelTextTest {

  private static final Path ENDLESS = Path.of("/dev/zero");

  @TempDir private Path folder;

  @Test
  void oneWithoutAnEndIsRefused() {
    assertThatIOException()
        .isThrownBy(() -> KernelText.columns(ENDLESS).read())
        .withMessage("can't read /dev/zero: it has more than 16777216 bytes");
  }

  @Test
  void oneIsReadWholeUpToTheBound() throws IOException {
    Path file = Files.writeString(folder.resolve("mounts"), "a b\n".repeat(1 << 20));
    TextCursor text = KernelText.columns(file).read();
    int lines = 0;
    while (text.nextLine()) {
      lines++;
    }
    assertThat(lines).isEqualTo(1 << 20);
  }

  @Test
  void theHeadOfOneHasSoManyBytes() throws IOException {
    assertThat(KernelText.head(ENDLESS, 70_000)).hasSize(70_000);
    assertThat(KernelText.head(Files.writeString(folder.resolve("a"), "abc"), 2)).hasSize(2);
    assertThat(KernelText.head(Files.writeString(folder.resolve("b"), ""), 2)).isEmpty();
  }

  @Test
  void aSensorWithoutAnEndSaysNothing() throws IOException {
    FakeHost fake = new FakeHost(folder).sys("block/sda/device/model", "disk");
    Path device = fake.host().sys().resolve("block/sda/device");
    Files.createSymbolicLink(device.resolve("ioerr_cnt"), ENDLESS);

    assertThat(new DevSampler(fake.host()).collect()).isEmpty();
  }
}
