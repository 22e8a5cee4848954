package io.loda.agent.output.nsq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.loda.common.config.HostPort;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NsqLookupTest {

  @Test
  void readsNodesAndWhichTopicsHaveATombstoneThere() {
    String answer =
        """
        {"producers":[
          {"remote_address":"10.0.0.9:3","hostname":"a","broadcast_address":"a.example","tcp_port":4150,
           "http_port":4151,"version":"1.3.0","tombstones":[false,true],"topics":["one","two"]},
          {"broadcast_address":"","tcp_port":4150},
          {"broadcast_address":"b","tcp_port":99999},
          {"broadcast_address":"::1","tcp_port":5}]}
        """;
    assertThat(NsqLookup.nodes(answer))
        .containsOnlyKeys(new HostPort("a.example", 4150), new HostPort("::1", 5))
        .containsEntry(new HostPort("a.example", 4150), Set.of("two"));
  }

  @Test
  void readsTheOlderEnvelope() {
    assertThat(
            NsqLookup.nodes(
                "{\"status_code\":200,\"data\":{\"producers\":[{\"broadcast_address\":\"a\",\"tcp_port\":1}]}}"))
        .containsOnlyKeys(new HostPort("a", 1));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "<html>",
        "[]",
        "{\"producers\":5}",
        "{\"producers\":[5]}",
        "{\"producers\":[{\"tcp_port\":\"x\"}]}"
      })
  void garbageIsNoList(String answer) {
    assertThatThrownBy(() -> NsqLookup.nodes(answer))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("is it an nsqlookupd?");
  }
}
