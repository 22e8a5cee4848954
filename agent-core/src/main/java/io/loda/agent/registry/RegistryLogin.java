package io.loda.agent.registry;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.loda.common.config.SecretFile;
import io.loda.common.files.FileReason;
import io.vertx.core.Future;
import io.vertx.core.WorkerExecutor;
import java.io.IOException;
import java.net.URLDecoder;
import java.util.Base64;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The login at the registry. It is in a file, which is read at each call so that it can be changed
 * while the agent runs, or else in the address.
 */
final class RegistryLogin {

  private static final Pattern WITH_USER =
      Pattern.compile("(?<transport>https?://)(?<user>.*)@(?<rest>[^@]*)");
  private static final Pattern LINE = Pattern.compile("(?<scheme>\\S+)\\s+(?<secret>[ -~]+)");

  private final String url;
  private final String ofUrl;
  private final @Nullable SecretFile file;
  private final WorkerExecutor worker;

  RegistryLogin(WorkerExecutor worker, String address, @Nullable SecretFile file) {
    Matcher matcher = WITH_USER.matcher(address);
    boolean hasUser = matcher.matches();
    this.url = hasUser ? matcher.group("transport") + matcher.group("rest") : address;
    // bad percent-encoding stays as it is; + is no blank here
    this.ofUrl = hasUser ? basic(decoded(matcher.group("user"))) : "";
    this.file = file;
    this.worker = worker;
  }

  private static String decoded(String user) {
    try {
      return URLDecoder.decode(user.replace("+", "%2B"), UTF_8);
    } catch (IllegalArgumentException e) {
      return user;
    }
  }

  /** Returns the address without user and password. */
  String url() {
    return url;
  }

  /** Returns the header {@code Authorization}; empty: none is sent. */
  Future<String> header() {
    return file == null
        ? Future.succeededFuture(ofUrl)
        : worker.executeBlocking(() -> read(file), false);
  }

  private static String read(SecretFile file) throws RegistryException {
    String text;
    try {
      text = file.read();
    } catch (IOException e) {
      throw new RegistryException("registry.http.auth-file: read failed: " + FileReason.of(e));
    }
    Matcher line = LINE.matcher(text.strip());
    String scheme = line.matches() ? line.group("scheme").toLowerCase(Locale.ROOT) : "";
    if (scheme.equals("bearer")) {
      return "Bearer " + line.group("secret").strip();
    }
    if (scheme.equals("basic") && line.group("secret").contains(":")) {
      return basic(line.group("secret"));
    }
    throw new RegistryException(
        "registry.http.auth-file "
            + file.path()
            + ": expected one line, basic USER:PASSWORD or bearer TOKEN, found something else");
  }

  private static String basic(String userAndPassword) {
    return "Basic " + Base64.getEncoder().encodeToString(userAndPassword.getBytes(UTF_8));
  }
}
