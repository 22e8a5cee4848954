package io.loda.agent.source.script;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ProcessSharesTest {

  private final ProcessShares shares = new ProcessShares(160);

  @Test
  void whoHasTheMostOfNearlyAllHasToGo() {
    assertThat(shares.crowdsOut("one", 70)).isFalse();
    assertThat(shares.crowdsOut("other", 79)).isFalse();
    assertThat(shares.crowdsOut("other", 80)).isTrue();
    assertThat(shares.crowdsOut("one", 70)).as("it has less").isFalse();
  }

  @Test
  void whatIsOverCountsNoMore() {
    shares.crowdsOut("one", 70);
    shares.forget("one");
    assertThat(shares.crowdsOut("other", 140)).isFalse();
    assertThat(shares.crowdsOut("other", 150)).as("alone, too").isTrue();
  }

  @Test
  void withoutALimitNothingHasToGo() {
    assertThat(ProcessShares.NONE.crowdsOut("one", 1_000_000)).isFalse();
  }
}
