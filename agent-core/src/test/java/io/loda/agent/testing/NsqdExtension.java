package io.loda.agent.testing;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolutionException;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * Gives each parameter of type {@link Nsqd} a real nsqd of its own, on free ports and with its own
 * data folder; after the test exactly those processes are ended and their folders removed.
 */
public final class NsqdExtension implements ParameterResolver {

  private static final ExtensionContext.Namespace NAMESPACE =
      ExtensionContext.Namespace.create(NsqdExtension.class);

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    return parameter.getParameter().getType() == Nsqd.class;
  }

  @Override
  public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
    try {
      Path folder = Files.createTempDirectory("nsqd-test");
      Nsqd nsqd = Nsqd.start(folder);
      // the store closes what is in it when the test is over
      context.getStore(NAMESPACE).put(parameter.getIndex(), new Running(nsqd, folder));
      return nsqd;
    } catch (IOException e) {
      throw new ParameterResolutionException("no nsqd", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ParameterResolutionException("no nsqd", e);
    }
  }

  private record Running(Nsqd nsqd, Path folder) implements AutoCloseable {

    @Override
    public void close() throws IOException {
      nsqd.close();
      try (Stream<Path> files = Files.walk(folder)) {
        for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(file);
        }
      }
    }
  }
}
