/**
 * Messages to nsqd: its protocol spoken here, or through nsq-j, and nsqlookupd, which says where
 * the servers are. The only user of nsq-j.
 */
@NullMarked
package io.loda.agent.output.nsq;

import org.jspecify.annotations.NullMarked;
