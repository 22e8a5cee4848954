package io.loda.agent.source.script.output;

/** Sees what runs print, for who tries a plugin. Called in each run's own thread. */
public interface RunWatcher {

  /** Nobody looks. */
  RunWatcher NOBODY =
      new RunWatcher() {
        @Override
        public void printed(byte[] output, int length) {}

        @Override
        public void refused(String reason) {}
      };

  /** Standard output, or its next part. */
  void printed(byte[] output, int length);

  /** A stream printed something that isn't taken. */
  void refused(String reason);
}
