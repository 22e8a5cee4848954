/** A Java plugin as a user would write it. */
@NullMarked
package io.loda.agent.example;

import org.jspecify.annotations.NullMarked;
