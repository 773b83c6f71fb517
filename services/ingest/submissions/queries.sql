-- name: present_revision
-- The newest revision of one report.
select id, revision, content_hash, received_at, on_time, state
from submission
where form = %(form)s and period = %(period)s and division = %(division)s
order by revision desc
limit 1

-- name: newest_rows
-- The rows of the newest revision of one report, in order; what was withdrawn counts for nothing.
select division, nil, fields::text, sealed
from submission_row
where submission_id = (
    select case when state <> 'withdrawn' then id end
    from submission
    where form = %(form)s and period = %(period)s and division = %(division)s
    order by revision desc
    limit 1
)
order by number

-- name: insert_submissions
-- They come as one JSON text, and go in always in the same order.
insert into submission (
    id, form, form_version, catalog_version, period, division, revision, nil, note, row_count, content_hash,
    received_at, on_time, warnings, key_id, state, steps, unanswered_warnings
)
select
    id, form, form_version, catalog_version, period, division, revision, nil, note, row_count, content_hash,
    received_at, on_time, warnings, key_id, state, steps, unanswered_warnings
from jsonb_to_recordset(%(submissions)s::jsonb) as sent (
    id uuid, form text, form_version int, catalog_version text, period text, division text, revision int, nil boolean,
    note text, row_count int, content_hash text, received_at timestamptz, on_time boolean, warnings jsonb,
    key_id bigint, state text, steps int, unanswered_warnings int
)
order by form, period, division
returning pg_notify(%(channel)s, form || ' ' || period)

-- name: insert_rows
-- The rows of submissions, numbered from 1 in each; they come as one JSON text.
insert into submission_row (submission_id, number, division, nil, fields, sealed)
select submission.id, row_.number, row_.division, row_.nil, row_.fields, decode(row_.sealed, 'hex')
from jsonb_to_recordset(%(submissions)s::jsonb) as submission (id uuid, rows jsonb)
cross join lateral rows from (
    jsonb_to_recordset(submission.rows) as (division text, nil boolean, fields jsonb, sealed text)
) with ordinality as row_ (division, nil, fields, sealed, number)

-- name: registered
-- Which of these codes are in the register, at any time.
select distinct code from division where code = any(%(codes)s)

-- name: submission
-- One submission, if it lies below the prefix.
select id, form, period, division, revision, row_count, content_hash, received_at, on_time, state, warnings::text,
    form_version, nil, note, unanswered_warnings, steps
from submission
where id = %(id)s and division like %(prefix)s || '%%'

-- name: revisions
-- All revisions of one report, newest first, and whose key sent each.
select s.id, s.revision, s.row_count, s.content_hash, s.received_at, s.state, k.division
from submission as s
join api_key as k on k.id = s.key_id
where s.form = %(form)s and s.period = %(period)s and s.division = %(division)s
order by s.revision desc

-- name: received
-- Submissions below a prefix, the last received first, from a moment on back.
select id, form, period, division, revision, row_count, content_hash, received_at, on_time, state, warnings::text
from submission
where division like %(prefix)s || '%%'
  and (%(form)s::text is null or form = %(form)s)
  and (%(period)s::text is null or period = %(period)s)
  and (%(before)s::timestamptz is null or (received_at, id) < (%(before)s, %(before_id)s::uuid))
order by received_at desc, id desc
limit %(limit)s

-- name: reported
-- What a submission is about, for whoever sees its reporter, or is a village of it.
select form, form_version, period, division, revision
from submission
where id = %(id)s and (division like %(prefix)s || '%%' or division = %(township)s)

-- name: revision_id
-- A revision of the same report.
select id
from submission
where form = %(form)s and period = %(period)s and division = %(division)s and revision = %(revision)s

-- name: rows
-- The rows of one submission below a prefix, in order.
select division, nil, fields::text, sealed
from submission_row
where submission_id = %(id)s and division like %(prefix)s || '%%'
order by number
