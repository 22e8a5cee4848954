package io.loda.server.store.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SqlFailureTest {

  @ParameterizedTest
  @ValueSource(
      strings = {
        "08001", "08003", "08006", "40001", "40P01", "53100", "53300", "57P01", "57P02", "57P03"
      })
  void isTriedAgainWhereItMayPass(String state) {
    assertThat(SqlFailure.mayPass(new SQLException("x", state))).isTrue();
  }

  /** Password, database, rights, syntax, read-only, unique, overflow, encoding, cancelled. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "28P01", "3D000", "42501", "42601", "25006", "23505", "22003", "22P05", "57014", "XX000"
      })
  void isNotTriedAgainWhereItWillNotPass(String state) {
    assertThat(SqlFailure.mayPass(new SQLException("x", state))).isFalse();
  }

  @Test
  void ofThePoolTheDriversReasonCounts() {
    SQLException refused = new SQLException("Connection  refused\n now", "08001");
    assertThat(SqlFailure.reason(new SQLTransientConnectionException("waited", "08001", refused)))
        .isEqualTo("Connection refused now (SQLSTATE 08001)");
    SQLException told = new SQLException(SqlFailure.reason(refused), "08001");
    assertThat(SqlFailure.reason(told)).isEqualTo("Connection refused now (SQLSTATE 08001)");
    assertThat(SqlFailure.mayPass(new SQLTransientConnectionException("waited"))).isTrue();
    SQLException password = new SQLException("password", "28P01");
    assertThat(SqlFailure.mayPass(new SQLTransientConnectionException("waited", "28P01", password)))
        .isFalse();
  }

  @Test
  void aCommitIsKnownToBeUndoneWhereTheServerSaysSo() {
    assertThat(SqlFailure.isUndone(new SQLException("x", "40001"))).isTrue();
    assertThat(SqlFailure.isUndone(new SQLException("x", "08006"))).isFalse();
    assertThat(SqlFailure.isUndone(new SQLException("x", "57P01"))).isFalse();
    assertThat(SqlFailure.isUndone(new SQLException("x"))).isFalse();
  }
}
