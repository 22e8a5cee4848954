-- Names sort by code point, whatever the database's own order is: as the server's other stores do.
-- Pages keep some room, so that an update of a row stays beside it and touches no index.
CREATE TABLE metrics_server_values (
  name text COLLATE "C" NOT NULL,
  kind smallint NOT NULL,
  delta bigint,
  value double precision,
  changed_at timestamptz NOT NULL,
  PRIMARY KEY (name, kind),
  CHECK (CASE kind WHEN 0 THEN value IS NOT NULL AND delta IS NULL
                   WHEN 1 THEN delta IS NOT NULL AND value IS NULL
                   ELSE false END)
) WITH (fillfactor = 70);
COMMENT ON COLUMN metrics_server_values.kind IS '0 is a gauge, which has a value, 1 a counter, which has a delta';

-- The keys of the last ten minutes' requests with what each was answered.
CREATE TABLE metrics_server_requests (
  key text COLLATE "C" PRIMARY KEY,
  answered_at timestamptz NOT NULL,
  answer bytea NOT NULL
);
CREATE INDEX metrics_server_requests_answered_at ON metrics_server_requests (answered_at);
