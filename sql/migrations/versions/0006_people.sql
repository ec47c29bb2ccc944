-- Senders: other people's programs that push what changed into the door, and what keeps workers of several hosts apart.

create table sender (
    id integer generated always as identity primary key,
    name text not null unique check (name ~ '^[a-z0-9][a-z0-9-]{1,39}$'),
    title text not null,
    password_hash text not null,                           -- argon2id, of the portal's login
    key_hash bytea not null unique,                        -- sha256 of the random api_key
    datasets text[] not null check (cardinality(datasets) > 0 and datasets <@ array['dossiers', 'steps', 'tickets']),
    late_after_s integer not null check (late_after_s > 0),
    ok_code text not null default '0' check (ok_code in ('0', '00')),   -- what its software takes for success
    created_at timestamptz not null default now(),
    disabled_at timestamptz
);

-- Whose dossiers a sender may write: those of a unit, whoever bore its code, and of all units below it.
create table sender_unit (
    sender_id integer not null references sender,
    unit_code text not null,
    agency text not null default '',                       -- the national identifier (madonvi) that stands for the unit
    primary key (sender_id, unit_code, agency)
);

create table sender_session (
    token_hash bytea primary key,                          -- sha256 of what the sender holds
    sender_id integer not null references sender,
    expires_at timestamptz not null
);
create index sender_session_expires on sender_session (expires_at);

-- Logins that failed, for a quarter of an hour: by name and by address.
create table sender_failure (
    name text not null,
    address text not null,
    at timestamptz not null default clock_timestamp()
);
create index sender_failure_at on sender_failure (at);

-- Who works on what: the work's advisory lock is held by a session, and here stands until when that session's program
-- has given a sign of life. After that another one ends the session, and with it all that it might still write.
create sequence lease_token;
create table lease (
    name text primary key,
    token bigint not null,
    breathes_until timestamptz not null
);

alter table backfill_window add column retry_at timestamptz;   -- a window that failed rests until then
