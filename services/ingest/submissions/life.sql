-- name: locked
-- One submission below a prefix, kept from others until the transaction ends.
select form, period, division, revision, row_count, state, steps, unanswered_warnings, warnings::text
from submission
where id = %(id)s and division like %(prefix)s || '%%'
for update

-- name: newest_revision
-- Asked once the submission is locked, so that it sees what the holder before committed.
select max(revision)
from submission
where form = %(form)s and period = %(period)s and division = %(division)s

-- name: events
-- What was done with the revisions of one report, in order.
select s.id, s.revision, e.event, e.state, e.at, e.reason, e.items::text, e.warnings::text, e.division
from submission_event as e
join submission as s on s.id = e.submission_id
where s.form = %(form)s and s.period = %(period)s and s.division = %(division)s
order by e.id

-- name: insert_event
insert into submission_event (submission_id, event, state, at, reason, items, warnings, division, key_id)
values (
    %(submission)s, %(event)s, %(state)s, %(at)s, %(reason)s, %(items)s::jsonb, %(warnings)s::jsonb, %(division)s,
    %(key_id)s
)

-- name: move
-- The submission after a step. Analytics reads on from transactions, so what is withdrawn has to bear a new one.
update submission
set state = %(state)s,
    steps = steps + 1,
    unanswered_warnings = %(unanswered)s,
    transaction_id = case
        when %(event)s = 'withdrawn' then (pg_current_xact_id()::text)::bigint
        else transaction_id
    end
where id = %(submission)s

-- name: announce
select pg_notify(%(channel)s, %(form)s || ' ' || %(period)s)
