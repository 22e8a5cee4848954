package io.loda.common.config;

/** A problem of the configuration. */
public record Problem(String key, String expected, String found) {

  @Override
  public String toString() {
    return key + ": expected " + expected + ", found " + found;
  }
}
