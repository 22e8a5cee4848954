package io.loda.common.files;

/**
 * How much of a tree is looked at; more is a failure.
 *
 * @param depth folders in each other, each of which takes a descriptor
 * @param entries files, folders and all else together
 */
public record TreeBounds(int depth, int entries) {

  public TreeBounds {
    if (depth < 1 || entries < 1) {
      throw new IllegalArgumentException(
          "expected bounds of 1 or more, found " + depth + " and " + entries);
    }
  }
}
