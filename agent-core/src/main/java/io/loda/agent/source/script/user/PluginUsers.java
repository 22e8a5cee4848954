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
 * The users that plugins run as: one for all, or one without a name for each plugin. Any thread;
 * blocks shortly.
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

  /** Returns one user for all plugins. */
  public static PluginUsers one(PluginUser user) {
    return new PluginUsers(user, null);
  }

  /**
   * Returns the configured users.
   *
   * @param user from {@link PluginUser#of}
   * @param dataDir has the file of ids
   */
  public static PluginUsers of(PluginUser user, AgentConfig.Plugins config, Path dataDir) {
    return new PluginUsers(user, new PluginIds(dataDir.resolve(FILE), config.userIds()));
  }

  /**
   * Returns what is the same for all plugins: whether a run switches its user, and the description.
   */
  public PluginUser any() {
    return shared;
  }

  /**
   * Returns the user of a plugin.
   *
   * @throws IOException when there is none for it; the message says what to do
   */
  public PluginUser of(String namespace, String project) throws IOException {
    return ids == null || !shared.isEach() ? shared : own(ids.of(namespace + '|' + project));
  }

  /**
   * Returns a user that no plugin has; empty if this agent runs plugins as itself.
   *
   * @param purpose what it is for; must not be a plugin's key
   */
  public Optional<PluginUser> reserved(String purpose) throws IOException {
    return ids == null || !shared.switched() || shared.uid() == 0
        ? Optional.empty()
        : Optional.of(own(ids.of(purpose)));
  }

  private static PluginUser own(long id) {
    return new PluginUser(Long.toString(id), id, List.of(id), "", true);
  }

  /** Returns the ids of all users that only one plugin, or one purpose, runs as. */
  public Set<Long> all() throws IOException {
    return ids == null ? Set.of() : ids.all();
  }

  /** Returns a plugin's own user; empty: it has none yet. */
  public Optional<PluginUser> known(String key) throws IOException {
    OptionalLong id = ids == null ? OptionalLong.empty() : ids.known(key);
    return id.isPresent() ? Optional.of(own(id.getAsLong())) : Optional.empty();
  }

  /** Returns the user that a plugin has run as; empty: it hasn't run yet. */
  public Optional<PluginUser> given(String key) throws IOException {
    return shared.isEach() ? known(key) : Optional.of(shared);
  }

  /** Frees the users of removed plugins, by key {@code ns|project}. */
  public void forget(Set<String> keys) throws IOException {
    if (ids != null) {
      ids.forget(keys);
    }
  }

  /** Releases the users for other agents of this host. */
  public void close() {
    if (ids != null) {
      ids.close();
    }
  }
}
