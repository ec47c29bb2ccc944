-- What the web program asks besides the pages' own questions.

-- name: statement_timeout
-- Every connection of the web program: a page rather says so than waits.
set statement_timeout = '5s';

-- name: metrics_loads
-- /metrics: what the loads that ended after :after have come to; the sums before are remembered. A load that still runs
-- holds back those behind it, so that none is counted twice or left out.
select
    feed_id as feed,
    state,
    count(*)::bigint as loads,
    sum(read)::bigint as read,
    sum(merged)::bigint as merged,
    sum(unchanged)::bigint as unchanged,
    sum(refused)::bigint as refused,
    max(id) as newest_id
from load
where id > :after
  and id < coalesce((select min(id) from load where state = 'running'), 9223372036854775807)
group by feed_id, state
order by feed_id, state;

-- name: metrics_feeds
-- /metrics: when each feed last told of an event, last ended well, and how many of its rows are held.
select
    feed.id as feed,
    feed.event_at,
    feed.fetched_at,
    feed.late_after_s,
    feed.failed_at is not null as is_failing,
    (
        select count(*)
        from quarantine
        where quarantine.feed_id = feed.id
          and quarantine.state = 'held'
    )::bigint as held
from feed
where not feed.retired
order by feed.id;

-- name: data_version
-- Every answer from a replica: has it replayed what the newest frame was made of?
select version
from data_version;
