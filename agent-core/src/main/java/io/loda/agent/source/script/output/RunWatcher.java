package io.loda.agent.source.script.output;

/** Gets the output of runs, for trying a plugin. Called in each run's own thread. */
public interface RunWatcher {

  /** Ignores everything. */
  RunWatcher NOBODY =
      new RunWatcher() {
        @Override
        public void printed(byte[] output, int length) {}

        @Override
        public void refused(String reason) {}
      };

  /** Called with standard output, or its next part. */
  void printed(byte[] output, int length);

  /** Called when an item of a stream is refused. */
  void refused(String reason);
}
