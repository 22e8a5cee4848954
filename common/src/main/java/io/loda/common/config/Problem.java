package io.loda.common.config;

public record Problem(String key, String expected, String found) {

  @Override
  public String toString() {
    return key + ": expected " + expected + ", found " + found;
  }
}
