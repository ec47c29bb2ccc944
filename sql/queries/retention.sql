-- Retention: which months of dossiers are stored, and what holds them.

-- name: months
-- retention: the months that have a partition, oldest first.
select to_date(substr(relname, 10), 'YYYY"m"MM') as month
from pg_inherits
join pg_class on pg_class.oid = inhrelid
where inhparent = 'dossier'::regclass
  and relname ~ '^dossier_y[0-9]{4}m[0-9]{2}$'
order by month;

-- name: month
-- retention: how many dossiers a month has, how many of them are not ended, and how many ended since the cut.
select
    count(*) as dossiers,
    count(*) filter (where ended_at is null) as open,
    count(*) filter (where ended_at >= cast(:cut as date)) as ended_since
from dossier
where month = :month;

-- name: note_month
-- retention: nothing of this month is taken in again; it would count twice.
insert into retired_month (month, dossiers)
select :month, count(*)
from dossier
where month = :month;

-- name: create_slice
-- retention: dossiers without a day in their code that ended before the cut.
create temporary table retiring on commit drop as
select *
from dossier_undated
where ended_at < cast(:cut as date)
limit :slice;
