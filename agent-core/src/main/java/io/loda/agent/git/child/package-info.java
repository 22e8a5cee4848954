/**
 * The code of the child that fetches: git's protocol over https, ssh and git, and the checkout.
 * Only this package uses JGit.
 */
@NullMarked
package io.loda.agent.git.child;

import org.jspecify.annotations.NullMarked;
