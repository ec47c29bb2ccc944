-- The case lists behind a unit's number: what ended late and what was accepted late. Both hold only what was late.

create index dossier_ended_late on dossier (unit_id, ended_at) where ended_at > due_at;
create index dossier_accepted_late on dossier (unit_id, accepted_at) where accepted_at > accept_by;
