package io.loda.server.store.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DatabaseDsnTest {

  private static final String USER = System.getProperty("user.name");

  @Test
  void readsAnAddress() {
    assertThat(DatabaseDsn.parse("postgres://me:secret@db.example:6543/metrics?sslmode=disable"))
        .isEqualTo(new DatabaseDsn("db.example", 6543, "me", "secret", "metrics", "disable", null));
    assertThat(DatabaseDsn.parse("postgresql://me@[::1]"))
        .isEqualTo(new DatabaseDsn("::1", 5432, "me", null, "me", "prefer", null));
    assertThat(DatabaseDsn.parse("postgres:///db?host=h&port=1&user=u&password=p&sslmode=require"))
        .isEqualTo(new DatabaseDsn("h", 1, "u", "p", "db", "require", null));
    assertThat(DatabaseDsn.parse("postgres://"))
        .isEqualTo(new DatabaseDsn("localhost", 5432, USER, null, USER, "prefer", null));
  }

  @Test
  void decodesWhatIsPercentEncoded() {
    assertThat(DatabaseDsn.parse("postgres://a%40b:p%3A%2F%3F%23%25%C3%A9+@h/d%20b"))
        .isEqualTo(new DatabaseDsn("h", 5432, "a@b", "p:/?#%é+", "d b", "prefer", null));
    assertThat(DatabaseDsn.parse("postgres://a:b:c@d@h/x").password()).isEqualTo("b:c@d");
  }

  @Test
  void readsNamesAndValues() {
    assertThat(
            DatabaseDsn.parse(
                " host=h port = 6543 user='a user' password='it\\'s \\\\ = x' dbname=d\\ b"
                    + " sslmode=verify-full sslrootcert=/etc/ca.crt "))
        .isEqualTo(
            new DatabaseDsn(
                "h", 6543, "a user", "it's \\ = x", "d b", "verify-full", "/etc/ca.crt"));
    assertThat(DatabaseDsn.parse("user=u password='' dbname=d"))
        .isEqualTo(new DatabaseDsn("localhost", 5432, "u", null, "d", "prefer", null));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "postgres://h/d?sslmode=disable&pool_max_conns=4 | found pool_max_conns",
        "host=h user=u password=p connect_timeout=10     | found connect_timeout",
        "host=h search_path=x                            | found search_path",
        "postgres://h/d?sslmode=allow                    | sslmode: expected disable, prefer",
        "host=/var/run/postgresql dbname=d               | host: .* unix socket",
        "postgres://%2Fvar%2Frun/d                       | host: .* unix socket",
        "postgres:///d?host=/tmp                         | host: .* unix socket",
        "host=a,b                                        | host: expected one name",
        "postgres://a:1,b:2/d                            | port: expected a number",
        "postgres://h:0/d                                | port: expected a number",
        "host=h port=65536                               | port: expected a number",
        "mysql://u:pw@h/d                                | another kind",
        "host=h host=i                                   | host: expected it once",
        "postgres://u@h/d?user=v                         | user: expected it once",
        "postgres://h/%zz                                | percent-encoded",
        "postgres://h/%ff                                | percent-encoded",
        "metrics                                         | a word without =",
        "host='h                                         | never closed",
      })
  void saysWhatIsWrong(String dsn, String message) {
    assertThatThrownBy(() -> DatabaseDsn.parse(dsn))
        .isInstanceOf(IllegalArgumentException.class)
        .message()
        .containsPattern(message);
  }

  @Test
  void refusesNothingAndControlCharacters() {
    assertThatThrownBy(() -> DatabaseDsn.parse("  ")).hasMessageContaining("found nothing");
    assertThatThrownBy(() -> DatabaseDsn.parse("host=h\npassword=hidden"))
        .hasMessageContaining("control character");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "postgres://u:hidden/slash@h/d",
        "postgres://u:hidden?q=hidden@h/d",
        "postgres://u:hidden#x@h/d",
        "postgres://u:hidden%zz@h/d",
        "postgres://u:hidden",
        "postgres://u:1hidden/d",
        "mysql://u:hidden@h/d",
        "u:hidden@h/d",
        "password=a hidden",
        "password=a hidden=b",
        "password=a hidden = b",
        "password='hidden",
        "password='a'hidden@",
        "hidden",
        "host=h password=hidden port=x",
        "host=h password=hidden sslmode=x",
        "host=h password=hidden password=hidden",
      })
  void noMessageHasThePassword(String dsn) {
    assertThatThrownBy(() -> DatabaseDsn.parse(dsn))
        .isInstanceOf(IllegalArgumentException.class)
        .hasNoCause()
        .message()
        .doesNotContain("hidden");
  }

  @Test
  void itsTextHasNoPassword() {
    assertThat(DatabaseDsn.parse("postgres://me:hidden@[::1]:1/db")).hasToString("me@[::1]:1/db");
  }
}
