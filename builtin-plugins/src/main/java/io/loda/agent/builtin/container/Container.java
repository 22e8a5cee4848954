package io.loda.agent.builtin.container;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The name and image that a container engine gives to a container. */
record Container(String name, String image) {

  /**
   * The container id, which every engine puts into the names of its cgroups: {@code /docker/ID},
   * {@code docker-ID.scope}, {@code cri-containerd-ID.scope}, {@code kubepods/…/ID}, {@code
   * libpod-ID.scope}.
   */
  private static final Pattern ID =
      Pattern.compile("(?:.*[-:_])?([0-9a-f]{64})(?:\\.scope|\\.service)?");

  /** Returns the id of the container of a cgroup; empty if the cgroup isn't a container's. */
  static Optional<String> idOf(String cgroupName) {
    Matcher matcher = ID.matcher(cgroupName);
    boolean monitor = cgroupName.contains("conmon"); // which bears its container's id
    return matcher.matches() && !monitor ? Optional.of(matcher.group(1)) : Optional.empty();
  }
}
