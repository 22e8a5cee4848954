package io.loda.agent.builtin.port;

import java.net.Socket;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.OptionalLong;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * Accepts any certificate, as it is only examined: nothing is sent to the server or believed. The
 * extended trust manager keeps the JDK from adding its own checks.
 */
final class AnyCertificate extends X509ExtendedTrustManager {

  /** Returns the whole days until the server's certificate expires; empty if it has shown none. */
  static OptionalLong daysLeft(SSLSession session) {
    try {
      Certificate[] chain = session.getPeerCertificates();
      if (chain.length > 0 && chain[0] instanceof X509Certificate certificate) {
        Instant end = certificate.getNotAfter().toInstant();
        return OptionalLong.of(
            Math.floorDiv(Duration.between(Instant.now(), end).toSeconds(), 86_400L));
      }
    } catch (SSLPeerUnverifiedException e) {
      // some cipher suites work without a certificate
    }
    return OptionalLong.empty();
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType) {}

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType) {}

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType, Socket socket) {}

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType, Socket socket) {}

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType, SSLEngine engine) {}

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType, SSLEngine engine) {}

  @Override
  public X509Certificate[] getAcceptedIssuers() {
    return new X509Certificate[0];
  }
}
