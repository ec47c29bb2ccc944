-- The profile into the registry tables. Every upsert takes its rows as one JSON array (:rows), touches only lines that
-- differ and returns one line for each that it touched: true = added. Rows are ordered by their key, as the loader's
-- are, so that two writers wait for each other instead of locking each other out.

-- name: take_turn
-- Whoever loads a profile: one at a time.
select pg_advisory_xact_lock(:key);

-- name: lock_timeout
-- Whoever loads a profile: rather an error than a queue of loaders behind a stuck lock.
select set_config('lock_timeout', '60s', true);

-- name: upsert_city
-- registry load: the head of the profile.
insert into city (name, title, timezone, locale, simulated, rules, thresholds, geographies, profile_hash, loaded_at)
select name, title, timezone, locale, simulated, rules, thresholds, geographies, profile_hash, loaded_at
from jsonb_to_recordset(:rows) as new (
    name text, title text, timezone text, locale text, simulated boolean, rules jsonb, thresholds jsonb,
    geographies jsonb, profile_hash text, loaded_at timestamptz
)
on conflict (only_row) do update set
    name = excluded.name,
    title = excluded.title,
    timezone = excluded.timezone,
    locale = excluded.locale,
    simulated = excluded.simulated,
    rules = excluded.rules,
    thresholds = excluded.thresholds,
    geographies = excluded.geographies,
    profile_hash = excluded.profile_hash,
    loaded_at = excluded.loaded_at
where (city.name, city.title, city.timezone, city.locale, city.simulated, city.rules, city.thresholds,
       city.geographies, city.profile_hash)
    is distinct from
      (excluded.name, excluded.title, excluded.timezone, excluded.locale, excluded.simulated, excluded.rules,
       excluded.thresholds, excluded.geographies, excluded.profile_hash)
returning xmax = 0;

-- name: redate_units
-- registry load: a unit whose first day was mended keeps its row, because facts name it. It is known by its code and by
-- days that both versions share.
with new as (
    select code, valid_from, valid_to, row_number() over (partition by code order by valid_from) as nth
    from jsonb_to_recordset(:rows) as new (code text, valid_from date, valid_to date)
    where not exists (select 1 from unit where unit.code = new.code and unit.valid_from = new.valid_from)
), old as (
    select id, code, valid_from, valid_to, row_number() over (partition by code order by valid_from) as nth
    from unit
    where not exists (
        select 1
        from jsonb_to_recordset(:rows) as said (code text, valid_from date)
        where said.code = unit.code
          and said.valid_from = unit.valid_from
    )
)
update unit
set valid_from = new.valid_from
from old
join new using (code, nth)
where unit.id = old.id
  and daterange(old.valid_from, old.valid_to, '[]') && daterange(new.valid_from, new.valid_to, '[]')
returning false;

-- name: free_unit_keys
-- registry load: keys that move from one bearer of a code to another must be free before they are given.
update unit
set key = case when new.key is null then unit.code || '@' || unit.valid_from else '~' || unit.id end
from unit as old
left join jsonb_to_recordset(:rows) as new (key text, code text, valid_from date)
    on new.code = old.code
    and new.valid_from = old.valid_from
where unit.id = old.id
  and old.id <> 0
  and new.key is distinct from old.key
  and (new.key is not null or old.key in (select key from jsonb_to_recordset(:rows) as wanted (key text)));

-- name: upsert_units
-- registry load.
insert into unit (
    key, code, name_vi, name_en, kind, level, parent_code, valid_from, valid_to, map_col, map_row, lat, lon, position
)
select key, code, name_vi, name_en, kind, level, parent_code, valid_from, valid_to, map_col, map_row, lat, lon, position
from jsonb_to_recordset(:rows) as new (
    key text, code text, name_vi text, name_en text, kind text, level text, parent_code text, valid_from date,
    valid_to date, map_col smallint, map_row smallint, lat double precision, lon double precision, position integer
)
order by code, valid_from
on conflict (code, valid_from) do update set
    key = excluded.key,
    name_vi = excluded.name_vi,
    name_en = excluded.name_en,
    kind = excluded.kind,
    level = excluded.level,
    parent_code = excluded.parent_code,
    valid_to = excluded.valid_to,
    map_col = excluded.map_col,
    map_row = excluded.map_row,
    lat = excluded.lat,
    lon = excluded.lon,
    position = excluded.position
where (unit.key, unit.name_vi, unit.name_en, unit.kind, unit.level, unit.parent_code, unit.valid_to, unit.map_col,
       unit.map_row, unit.lat, unit.lon, unit.position)
    is distinct from
      (excluded.key, excluded.name_vi, excluded.name_en, excluded.kind, excluded.level, excluded.parent_code,
       excluded.valid_to, excluded.map_col, excluded.map_row, excluded.lat, excluded.lon, excluded.position)
returning xmax = 0;

-- name: units_not_in
-- registry load: units of the registry that the profile no longer has; they stay, and whoever loads is told.
select unit.key
from unit
where unit.id <> 0
  and not exists (
      select 1
      from jsonb_to_recordset(:rows) as new (code text, valid_from date)
      where new.code = unit.code
        and new.valid_from = unit.valid_from
  )
order by unit.position;

-- name: drop_successors
-- registry load: links that the profile no longer has.
delete from unit_successor as old
where not exists (
    select 1
    from jsonb_to_recordset(:rows) as new (from_code text, from_valid_from date, to_code text, to_valid_from date)
    join unit as a on a.code = new.from_code and a.valid_from = new.from_valid_from
    join unit as b on b.code = new.to_code and b.valid_from = new.to_valid_from
    where a.id = old.from_id
      and b.id = old.to_id
)
returning 1;

-- name: upsert_successors
-- registry load.
insert into unit_successor (from_id, to_id, share)
select a.id, b.id, new.share
from jsonb_to_recordset(:rows) as new (
    from_code text, from_valid_from date, to_code text, to_valid_from date, share numeric
)
join unit as a on a.code = new.from_code and a.valid_from = new.from_valid_from
join unit as b on b.code = new.to_code and b.valid_from = new.to_valid_from
order by a.id, b.id
on conflict (from_id, to_id) do update set share = excluded.share
where unit_successor.share <> excluded.share
returning xmax = 0;

-- name: drop_aliases
-- registry load: aliases that the profile no longer has.
delete from unit_alias
where alias not in (select alias from jsonb_to_recordset(:rows) as new (alias text))
returning 1;

-- name: upsert_aliases
-- registry load.
insert into unit_alias (alias, code)
select alias, code
from jsonb_to_recordset(:rows) as new (alias text, code text)
order by alias
on conflict (alias) do update set code = excluded.code
where unit_alias.code <> excluded.code
returning xmax = 0;

-- name: upsert_fields
-- registry load.
insert into field (code, name_vi, name_en)
select code, name_vi, name_en
from jsonb_to_recordset(:rows) as new (code text, name_vi text, name_en text)
order by code
on conflict (code) do update set
    name_vi = excluded.name_vi,
    name_en = excluded.name_en
where (field.name_vi, field.name_en) is distinct from (excluded.name_vi, excluded.name_en)
returning xmax = 0;

-- name: upsert_procedures
-- registry load; a procedure that a feed had added becomes the profile's.
insert into procedure (code, name_vi, name_en, field_id, level, statutory_days)
select new.code, new.name_vi, new.name_en, field.id, new.level, new.statutory_days
from jsonb_to_recordset(:rows) as new (
    code text, name_vi text, name_en text, field text, level text, statutory_days numeric
)
join field on field.code = new.field
order by new.code
on conflict (code) do update set
    name_vi = excluded.name_vi,
    name_en = excluded.name_en,
    field_id = excluded.field_id,
    level = excluded.level,
    statutory_days = excluded.statutory_days,
    from_feed = false
where (procedure.name_vi, procedure.name_en, procedure.field_id, procedure.level, procedure.statutory_days,
       procedure.from_feed)
    is distinct from
      (excluded.name_vi, excluded.name_en, excluded.field_id, excluded.level, excluded.statutory_days, false)
returning xmax = 0;

-- name: upsert_categories
-- registry load; a category that a feed had added becomes the profile's.
insert into category (code, name_vi, name_en, sla_hours, first_answer_hours, forward_minutes, about_dossiers)
select code, name_vi, name_en, sla_hours, first_answer_hours, forward_minutes, about_dossiers
from jsonb_to_recordset(:rows) as new (
    code text, name_vi text, name_en text, sla_hours numeric, first_answer_hours numeric, forward_minutes numeric,
    about_dossiers boolean
)
order by code
on conflict (code) do update set
    name_vi = excluded.name_vi,
    name_en = excluded.name_en,
    sla_hours = excluded.sla_hours,
    first_answer_hours = excluded.first_answer_hours,
    forward_minutes = excluded.forward_minutes,
    about_dossiers = excluded.about_dossiers,
    from_feed = false
where (
    category.name_vi, category.name_en, category.sla_hours, category.first_answer_hours, category.forward_minutes,
    category.about_dossiers, category.from_feed
) is distinct from (
    excluded.name_vi, excluded.name_en, excluded.sla_hours, excluded.first_answer_hours, excluded.forward_minutes,
    excluded.about_dossiers, false
)
returning xmax = 0;

-- name: upsert_indicators
-- registry load.
insert into indicator (
    code, catalogue, position, group_vi, group_en, name_vi, name_en, unit, frequency, agency, direction, provisional
)
select
    code, catalogue, position, group_vi, group_en, name_vi, name_en, unit, frequency, agency, direction, provisional
from jsonb_to_recordset(:rows) as new (
    code text, catalogue text, position integer, group_vi text, group_en text, name_vi text, name_en text, unit text,
    frequency text, agency text, direction text, provisional boolean
)
order by code
on conflict (code) do update set
    catalogue = excluded.catalogue,
    position = excluded.position,
    group_vi = excluded.group_vi,
    group_en = excluded.group_en,
    name_vi = excluded.name_vi,
    name_en = excluded.name_en,
    unit = excluded.unit,
    frequency = excluded.frequency,
    agency = excluded.agency,
    direction = excluded.direction,
    provisional = excluded.provisional,
    retired = false
where (indicator.catalogue, indicator.position, indicator.group_vi, indicator.group_en, indicator.name_vi,
       indicator.name_en, indicator.unit, indicator.frequency, indicator.agency, indicator.direction,
       indicator.provisional, indicator.retired)
    is distinct from
      (excluded.catalogue, excluded.position, excluded.group_vi, excluded.group_en, excluded.name_vi,
       excluded.name_en, excluded.unit, excluded.frequency, excluded.agency, excluded.direction,
       excluded.provisional, false)
returning xmax = 0;

-- name: retire_indicators
-- registry load: indicators that left the catalogues; their values stay.
update indicator
set retired = true
where not retired
  and code not in (select code from jsonb_to_recordset(:rows) as new (code text))
returning 1;

-- name: upsert_feeds
-- registry load; a feed that now speaks to another kind of source begins from the start.
insert into feed (id, dataset, title, kind, late_after_s, every_s)
select id, dataset, title, kind, late_after_s, every_s
from jsonb_to_recordset(:rows) as new (
    id text, dataset text, title text, kind text, late_after_s integer, every_s numeric
)
order by id
on conflict (id) do update set
    dataset = excluded.dataset,
    title = excluded.title,
    kind = excluded.kind,
    late_after_s = excluded.late_after_s,
    every_s = excluded.every_s,
    cursor = case when feed.kind = excluded.kind then feed.cursor end,
    retired = false
where (feed.dataset, feed.title, feed.kind, feed.late_after_s, feed.every_s, feed.retired)
    is distinct from
      (excluded.dataset, excluded.title, excluded.kind, excluded.late_after_s, excluded.every_s, false)
returning xmax = 0;

-- name: retire_feeds
-- registry load: feeds that left the folder; what they loaded stays. What is pushed has no file.
update feed
set retired = true
where not retired
  and kind <> 'push'
  and id not in (select id from jsonb_to_recordset(:rows) as new (id text))
returning 1;

-- name: bump_data_version
-- registry load, when something changed: frames are computed anew.
update data_version
set version = version + 1,
    changed_at = :now;

-- name: note_load
-- registry load, when something changed: who reads the audit, and whoever owes the facts new due times.
insert into audit_event (at, actor, action, subject, detail)
values (:now, 'registry', :action, :subject, :detail);

-- name: owed
-- The loader: what profile changes have left undone since facts were last recomputed.
select
    coalesce(bool_or((detail ->> 'clocks_changed')::boolean), false) as clocks,
    coalesce(bool_or((detail ->> 'rebuild')::boolean), false) as rollups
from audit_event
where actor = 'registry'
  and action = 'load'
  and id > coalesce((select max(id) from audit_event where actor = 'registry' and action = 'settle'), 0);

-- name: city
-- registry load and registry read.
select name, title, timezone, locale, simulated, rules, thresholds, geographies, profile_hash, loaded_at
from city;

-- name: units
-- registry read: every unit of every era, in the order of the profile; row 0 is "unassigned".
select
    id, key, code, name_vi, name_en, kind, level, parent_code, valid_from, valid_to, map_col, map_row, lat, lon, position
from unit
order by position, id;

-- name: successors
-- registry read.
select from_id, to_id, share::float8
from unit_successor
order by from_id, to_id;

-- name: aliases
-- registry read.
select alias, code
from unit_alias
order by alias;

-- name: fields
-- registry read.
select id, code, name_vi, name_en
from field
order by id;

-- name: procedures
-- registry load (what changed) and registry read.
select id, code, name_vi, name_en, field_id, level, statutory_days::float8, from_feed
from procedure
order by id;

-- name: categories
-- registry load (what changed) and registry read.
select
    id, code, name_vi, name_en, sla_hours::float8, from_feed, first_answer_hours::float8, forward_minutes::float8, about_dossiers
from category
order by id;

-- name: mark
-- Whoever keeps the registry of pages in memory: a text that changes with every change of city, units or fields.
select md5(concat(
    (select string_agg(xmin::text, ',') from city),
    '/', (select string_agg(xmin::text, ',' order by id) from unit),
    '/', (select string_agg(xmin::text, ',' order by from_id, to_id) from unit_successor),
    '/', (select string_agg(xmin::text, ',' order by id) from field)
)) as mark;
