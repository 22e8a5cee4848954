package io.loda.agent.git.child;

import java.security.Provider;
import java.security.Security;
import java.util.Optional;
import org.apache.sshd.common.util.security.AbstractSecurityProviderRegistrar;
import org.apache.sshd.common.util.security.SecurityUtils;
import org.apache.sshd.common.util.security.eddsa.generic.EdDSASupport;

/** Registers {@link JdkEd25519} with MINA. */
public final class JdkEd25519Registrar extends AbstractSecurityProviderRegistrar {

  private JdkEd25519Registrar() {
    super("JDK");
  }

  /** Registers it; must be called before MINA reads or negotiates keys. */
  public static void register() {
    SecurityUtils.registerSecurityProvider(new JdkEd25519Registrar());
  }

  @Override
  public boolean isEnabled() {
    return true;
  }

  @Override
  public boolean isSupported() {
    return true;
  }

  /** Returns false: only keys are supported. */
  @Override
  public boolean isSecurityEntitySupported(Class<?> type, String name) {
    return false;
  }

  @Override
  public Provider getSecurityProvider() {
    return Security.getProvider("SunEC");
  }

  @Override
  public Optional<EdDSASupport<?, ?>> getEdDSASupport() {
    return Optional.of(new JdkEd25519());
  }
}
