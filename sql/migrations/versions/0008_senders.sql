-- How promptly the software of each unit tells of its dossiers, by the day of the event: counted again for the days
-- that still change. An event is what the status tells of (accepted, finished, handed out), its delay what lies between
-- that and the change that told of it.

create table sender_day (
    day date not null,
    unit_id integer not null,
    told integer not null,
    slow integer not null,                                 -- told half an hour late or later
    heard_at timestamptz not null,                         -- newest change
    primary key (day, unit_id)
);
