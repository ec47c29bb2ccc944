-- What waits, and how far behind it is: /metrics asks, at most once in ten seconds.

-- name: waiting
-- Ratings whose dossier has not come, loads that run, windows of history by state, rows that rollups still fold.
select
    (select count(*) from rating where waiting)::bigint as ratings,
    (select count(*) from load where state = 'running')::bigint as loads,
    (select count(*) from backfill_window where state = 'waiting')::bigint as windows_waiting,
    (select count(*) from backfill_window where state = 'running')::bigint as windows_running,
    (select count(*) from backfill_window where state = 'done')::bigint as windows_done,
    (select count(*) from backfill_window where state = 'failed')::bigint as windows_failed,
    (select version from data_version)::bigint as data_version;

-- name: frames
-- The frames of the last ten minutes, how many are kept, and the newest one's facts.
select
    (select count(*) from frame where as_of > now() - interval '10 minutes')::bigint as recent,
    (select greatest(reltuples, 0) from pg_class where oid = 'frame'::regclass)::bigint as kept,
    (select data_version from frame order by version desc limit 1)::bigint as data_version;

-- name: server
-- The server: connections and their limit, its size, and the replica that is farthest behind.
select
    (select count(*) from pg_stat_activity where backend_type = 'client backend')::bigint as connections,
    current_setting('max_connections')::bigint as connections_limit,
    pg_database_size(current_database())::bigint as database_bytes,
    (select coalesce(extract(epoch from max(now() - xact_start)), 0) from pg_stat_activity
        where datname = current_database())::double precision as oldest_transaction_s,
    (select count(*) from pg_stat_replication)::bigint as replicas,
    (select extract(epoch from max(replay_lag)) from pg_stat_replication)::double precision as replica_lag_s,
    (select max(pg_wal_lsn_diff(pg_current_wal_lsn(), replay_lsn)) from pg_stat_replication)::double precision as replica_lag_bytes;
