package io.loda.agent.source.script.output;

/** Gets the output of runs, for trying a plugin. Called in each run's own thread. */
public interface RunWatcher {

  /** Ignores all. */
  RunWatcher NOBODY =
      new RunWatcher() {
        @Override
        public void printed(byte[] output, int length) {}

        @Override
        public void refused(String reason) {}
      };

  /** Standard output, or its next part. */
  void printed(byte[] output, int length);

  /** A stream printed something that is refused. */
  void refused(String reason);
}
