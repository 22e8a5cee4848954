/**
 * What opens, lists, walks, copies and deletes files for everybody: {@link
 * io.loda.common.files.SafeFiles}.
 *
 * <p>A path is walked part by part from {@code /}, each part opened in the folder that was opened
 * before, without following it ({@code O_PATH}, which never blocks). So what is checked is what was
 * opened, whoever swaps a folder for a link meanwhile:
 *
 * <pre>
 *   /  →  var  →  log  →  app  →  app.log      one descriptor each
 *              link? followed only where nobody but root and we may change its folder
 *                                    stat of the descriptor → regular file? whose? → read it
 * </pre>
 *
 * <p>A descriptor of {@code O_PATH} is no more than a name that nobody can change. {@code
 * /proc/self/fd/N} leads to the same file for all else: its attributes, to read it, to list it.
 */
@NullMarked
package io.loda.common.files;

import org.jspecify.annotations.NullMarked;
