-- Accounts: who may see case files, and who may pin a note to a figure. Aggregates need no account.

create table account (
    id integer generated always as identity primary key,
    name text not null unique check (name ~ '^[a-z0-9][a-z0-9._-]{1,62}$'),
    role text not null check (role in ('leader', 'chair', 'statistician', 'operator')),
    units text[] not null default '{}',                    -- keys of units, of a chair; empty = the whole city
    password_hash text not null,                           -- argon2id
    created_at timestamptz not null default now(),
    disabled_at timestamptz,
    check (role <> 'chair' or cardinality(units) > 0)
);

create table account_session (
    token_hash bytea primary key,                          -- sha256 of what the browser holds
    account_id integer not null references account,
    created_at timestamptz not null default now(),
    expires_at timestamptz not null
);
create index account_session_account on account_session (account_id);

-- Signing in that failed, for a quarter of an hour: by name and by address.
create table sign_in_failure (
    name text not null,
    address text not null,
    at timestamptz not null default now()
);
create index sign_in_failure_at on sign_in_failure (at);

-- A note says why a figure moved. It is never changed: it is taken down, and another one pinned.
create table note (
    id bigint generated always as identity primary key,
    unit_key text,                                         -- null = the whole city
    indicator text not null,
    day date not null,
    words text not null check (length(words) between 1 and 500),
    account_id integer not null references account,
    pinned_at timestamptz not null default now(),
    removed_at timestamptz,
    removed_by integer references account,
    check ((removed_at is null) = (removed_by is null))
);
create index note_day on note (day) where removed_at is null;

-- Case files are read through this view alone: `app.units` holds the keys that the reader may see, '*' for all.
-- Not set means nobody's.
create function case_units() returns integer[] language sql stable as $$
    select array(
        select id
        from unit
        where key = any (string_to_array(current_setting('app.units', true), ','))
    )
$$;

create view case_file with (security_barrier) as
select *
from dossier
where current_setting('app.units', true) = '*'
   or unit_id = any ((select case_units())::integer[]);

create view case_ticket with (security_barrier) as
select *
from ticket
where current_setting('app.units', true) = '*'
   or unit_id = any ((select case_units())::integer[]);
