package io.loda.agent.report;

/** Receives the numbers of a reading. */
interface Readings {

  /** Receives the current value of a gauge; ignores it if it isn't finite. */
  void gauge(String name, double value);

  /** Receives the increase of a counter. */
  void counter(String name, long delta);
}
