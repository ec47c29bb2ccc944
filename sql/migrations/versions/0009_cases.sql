-- The case lists behind a unit's number: what was accepted late. It holds only what was late, as dossier_ended_late does.

create index dossier_accepted_late on dossier (unit_id, accepted_at) where accepted_at > accept_by;
