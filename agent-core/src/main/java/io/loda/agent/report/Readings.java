package io.loda.agent.report;

/** Takes what is read. */
interface Readings {

  /** Takes a number as it is now; one that isn't finite is left out. */
  void gauge(String name, double value);

  /** Takes what is to be added to a counter. */
  void counter(String name, long delta);
}
