package io.loda.common.files;

/** A measurement that reads what a registry names; the agent says what that may be. */
public interface ReadsLogs {

  /** Called before the first sampler is opened. */
  void logFiles(LogFiles files);
}
