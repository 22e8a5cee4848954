package io.loda.agent.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.loda.agent.plugin.MetricPlugin;
import io.loda.common.files.Trust;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JavaPluginsTest {

  private Path folder;

  @BeforeEach
  void make(@TempDir Path temporary) {
    folder = temporary;
  }

  @Test
  void thoseOnTheClassPathAreFoundWithoutAFolder() {
    assertThat(JavaPlugins.load(folder.resolve("none")).named("test-echo"))
        .isInstanceOf(EchoPlugin.class);
  }

  @Test
  void eachJarHasALoaderOfItsOwn() throws Exception {
    PluginJar.write(folder.resolve("a.jar"), "one");
    PluginJar.write(folder.resolve("b.jar"), "two");

    JavaPlugins plugins = JavaPlugins.load(folder);

    MetricPlugin one = plugins.named("one");
    MetricPlugin two = plugins.named("two");
    assertThat(one.getClass().getName()).isEqualTo(two.getClass().getName());
    assertThat(one.getClass()).isNotSameAs(two.getClass());
    assertThat(one.open(java.util.Map.of()).collect().get(0).name()).isEqualTo("of-one");
    assertThat(plugins.named("test-echo")).isInstanceOf(EchoPlugin.class);
  }

  @Test
  void brokenJarsAreLeftOutAlone() throws Exception {
    Files.writeString(folder.resolve("a-text.jar"), "no jar");
    PluginJar.write(
        folder.resolve("b-throws.jar"),
        "b",
        "throw new RuntimeException(\"no\");",
        "jarred.Plugin");
    PluginJar.write(
        folder.resolve("c-links.jar"), "c", "throw new NoClassDefFoundError();", "jarred.Plugin");
    PluginJar.write(folder.resolve("d-gone.jar"), "d", "", "jarred.Gone\njarred.Plugin\n");
    PluginJar.write(folder.resolve("e-syntax.jar"), "e", "", "not a class\n");
    Files.createDirectory(folder.resolve("f-folder.jar"));
    PluginJar.write(folder.resolve("g-recursion.jar"), "g", "new Plugin();", "jarred.Plugin");
    PluginJar.write(
        folder.resolve("h-hangs.jar"),
        "h",
        "while (true) java.util.concurrent.locks.LockSupport.parkNanos(1_000_000_000);",
        "jarred.Plugin");
    PluginJar.write(folder.resolve("z-good.jar"), "good");

    JavaPlugins plugins = JavaPlugins.load(folder);

    // of a jar with a good and a bad one, the good one
    assertThat(plugins.named("d")).isNotNull();
    assertThat(plugins.named("good")).isNotNull();
    assertThatThrownBy(() -> plugins.named("b"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "no Java plugin \"b\"; there are d, good, test-echo, test-hanging; the jars of"
                + " plugins.java-dir are read when the agent starts, and the log then says which"
                + " were left out");
  }

  @Test
  void nameThatIsTakenStaysWithTheFirst() throws Exception {
    PluginJar.write(folder.resolve("b.jar"), "same", "", "jarred.Plugin");
    PluginJar.write(folder.resolve("a.jar"), "same", "", "jarred.Plugin");
    PluginJar.write(folder.resolve("c.jar"), "test-echo", "", "jarred.Plugin");

    JavaPlugins plugins = JavaPlugins.load(folder);

    assertThat(plugins.named("same").getClass().getClassLoader().getName()).isEqualTo("a.jar");
    assertThat(plugins.named("test-echo")).isInstanceOf(EchoPlugin.class);
  }

  @Test
  void aJarThatOthersCanChangeIsLeftOut() throws Exception {
    PluginJar.write(folder.resolve("a.jar"), "one");
    PluginJar.write(folder.resolve("b.jar"), "two");
    Files.setPosixFilePermissions(
        folder.resolve("b.jar"), PosixFilePermissions.fromString("rw-rw-rw-"));

    JavaPlugins plugins = JavaPlugins.load(folder, new Trust(Path.of("/opt/agent")));

    assertThat(plugins.named("one")).isNotNull();
    assertThatIllegalArgumentException().isThrownBy(() -> plugins.named("two"));
  }
}
