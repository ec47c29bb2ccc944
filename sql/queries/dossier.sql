-- One dossier: what its page tells. No personal data is stored, none is told.

-- name: head
-- The page of one dossier, the draft of a letter.
select
    d.code, d.unit_id, f.id as field_id, f.code as field, p.code as procedure, p.name_vi, p.name_en,
    p.statutory_days::double precision as statutory_days, d.channel, d.status, d.submitted_at, d.accept_by, d.accepted_at, d.due_at,
    d.due_given_at is not null as is_given, d.finished_at, d.returned_at, d.stopped_at, d.ended_at, d.asked_at
from dossier as d
join procedure as p on p.id = d.procedure_id
join field as f on f.id = p.field_id
where d.code = :code
  and d.month = dossier_month(:code);

-- name: steps
-- The page of one dossier.
select s.code, h.id as holder_id, h.agency, h.department, s.started_at, s.due_at, s.finished_at, s.status
from dossier_step as s
join holder as h on h.agency = coalesce(s.agency, '') and h.department = coalesce(s.department, '')
where s.dossier_code = :code
order by coalesce(s.started_at, s.finished_at), s.code;

-- name: dues
-- The page of one dossier.
select due_at, since
from dossier_due_change
where dossier_code = :code
order by since, due_at;

-- name: pauses
-- The page of one dossier.
select from_at, to_at, reason
from dossier_pause
where dossier_code = :code
order by from_at;

-- name: ratings
-- The page of one dossier.
select stage, score, rated_at
from rating
where dossier_code = :code
order by stage;

-- name: letters
-- The page of one dossier, the draft of a letter.
select l.code, l.sent_at, l.new_due_at, l.signer, l.reviewed_at, v.is_late, v.is_again, v.is_too_long, v.review_by
from apology_letter as l
left join letter_verdict as v on v.dossier_code = l.dossier_code and v.code = l.code
where l.dossier_code = :code
order by l.sent_at, l.code;

-- name: is_interlinked
-- The draft of a letter: which time limit and which signer.
select is_interlinked(:code) as is_interlinked;
