package io.loda.common.config;

/** One thing that is wrong in the configuration. */
public record Problem(String key, String expected, String found) {

  @Override
  public String toString() {
    return key + ": expected " + expected + ", found " + found;
  }
}
