import io.loda.agent.plugin.Metric;
import io.loda.agent.plugin.MetricPlugin;
import io.loda.agent.plugin.Sampler;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;

/** Opens the plugin as the agent would, and checks what it measures. Run by test.sh. */
final class PluginTest {

  private PluginTest() {}

  public static void main(String[] arguments) throws Exception {
    MetricPlugin plugin =
        ServiceLoader.load(MetricPlugin.class).stream()
            .map(ServiceLoader.Provider::get)
            .filter(one -> one.name().equals("@PLUGIN@"))
            .findFirst()
            .orElseThrow(() -> new AssertionError("expected a plugin @PLUGIN@, found none"));
    try (Sampler sampler = plugin.open(Map.of())) {
      List<String> names = sampler.collect().stream().map(Metric::name).toList();
      if (!names.equals(List.of("heap.used", "threads"))) {
        throw new AssertionError("expected heap.used and threads, found " + names);
      }
    }
  }
}
