package io.loda.agent.source.script.user;

import io.loda.agent.config.AgentConfig;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Whom plugins run as: one user for all of them, or one for each, who has no name and nothing but
 * that plugin. Any thread; blocks shortly.
 */
public final class PluginUsers {

  /** The value of {@code plugins.user} that gives each plugin a user of its own. */
  public static final String AUTO = "auto";

  private static final String FILE = "plugin-ids";

  private final PluginUser shared;
  private final @Nullable PluginIds ids;

  private PluginUsers(PluginUser shared, @Nullable PluginIds ids) {
    this.shared = shared;
    this.ids = ids;
  }

  /** One for all. */
  public static PluginUsers one(PluginUser user) {
    return new PluginUsers(user, null);
  }

  /**
   * Those that the configuration asks for.
   *
   * @param user as {@link PluginUser#of} found it
   * @param dataDir where the ids are kept
   */
  public static PluginUsers of(PluginUser user, AgentConfig.Plugins config, Path dataDir) {
    return new PluginUsers(user, new PluginIds(dataDir.resolve(FILE), config.userIds()));
  }

  static PluginUsers each(PluginIds ids) {
    return new PluginUsers(PluginUser.EACH, ids);
  }

  /** What holds for whichever plugin: whether a run changes its user, and what to call it. */
  public PluginUser any() {
    return shared;
  }

  /**
   * Returns the user of a plugin.
   *
   * @throws IOException where there is none for it; says what to do
   */
  public PluginUser of(String namespace, String project) throws IOException {
    return ids == null || !shared.isEach() ? shared : own(ids.of(namespace + '|' + project));
  }

  /**
   * Returns a user that no plugin has, or nothing where this agent runs plugins as itself.
   *
   * @param purpose what it is for; no plugin's key
   */
  public Optional<PluginUser> reserved(String purpose) throws IOException {
    return ids == null || !shared.switched() || shared.uid() == 0
        ? Optional.empty()
        : Optional.of(own(ids.of(purpose)));
  }

  private static PluginUser own(long id) {
    return new PluginUser(Long.toString(id), id, List.of(id), "", true);
  }

  /** The users that nothing but one plugin, or one purpose, each runs as, by number. */
  public Set<Long> all() throws IOException {
    return ids == null ? Set.of() : ids.all();
  }

  /** The user of its own that a plugin was given; empty: none yet. */
  public Optional<PluginUser> known(String key) throws IOException {
    OptionalLong id = ids == null ? OptionalLong.empty() : ids.known(key);
    return id.isPresent() ? Optional.of(own(id.getAsLong())) : Optional.empty();
  }

  /** The user that a plugin has run as; empty: it has run as none yet. */
  public Optional<PluginUser> given(String key) throws IOException {
    return shared.isEach() ? known(key) : Optional.of(shared);
  }

  /** Takes the users of plugins back that are gone for good, by their keys {@code ns|project}. */
  public void forget(Set<String> keys) throws IOException {
    if (ids != null) {
      ids.forget(keys);
    }
  }

  /** Lets other agents of this host have these users. */
  public void close() {
    if (ids != null) {
      ids.close();
    }
  }
}
