/**
 * What runs in the child that fetches: git's protocol over https, ssh and git, and the checkout.
 * The only user of JGit.
 */
@NullMarked
package io.loda.agent.git.child;

import org.jspecify.annotations.NullMarked;
