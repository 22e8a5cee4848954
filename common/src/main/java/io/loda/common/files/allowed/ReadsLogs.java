package io.loda.common.files.allowed;

/** A plugin that reads files named by a registry; the agent decides which are allowed. */
public interface ReadsLogs {

  /** Sets the allowed files; called before the first sampler is opened. */
  void logFiles(LogFiles files);
}
