package io.loda.common.files;

/**
 * The bounds of a walk; more is a failure.
 *
 * @param depth nested folders, each of which takes a descriptor
 * @param entries files, folders and all others together
 */
public record TreeBounds(int depth, int entries) {

  public TreeBounds {
    if (depth < 1 || entries < 1) {
      throw new IllegalArgumentException(
          "expected bounds of 1 or more, found " + depth + " and " + entries);
    }
  }
}
