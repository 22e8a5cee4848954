package io.loda.common.testing;

import java.io.IOException;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolutionException;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * Gives each parameter of type {@link Nsqd} a real nsqd of its own, on free ports and with its own
 * data folder; after the test exactly those are closed.
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
      Nsqd nsqd = Nsqd.started();
      // the store closes what is in it when the test is over
      context.getStore(NAMESPACE).put(parameter.getIndex(), nsqd);
      return nsqd;
    } catch (IOException e) {
      throw new ParameterResolutionException("no nsqd", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ParameterResolutionException("no nsqd", e);
    }
  }
}
