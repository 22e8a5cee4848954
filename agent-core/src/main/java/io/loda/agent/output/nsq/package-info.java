/**
 * Output {@code nsq}: publishes to nsqd, by a client of our own or by nsq-j, and asks nsqlookupd
 * for the servers. The only user of nsq-j.
 */
@NullMarked
package io.loda.agent.output.nsq;

import org.jspecify.annotations.NullMarked;
