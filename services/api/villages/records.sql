-- name: reports
-- Of the wanted forms and periods those in which the village was to have a row or has one, by form and period:
-- when it was due, the township's newest revision unless it was withdrawn, and how many rows of it are the village's.
select
    wanted.form, wanted.period,
    (due.due_at at time zone 'Asia/Shanghai' - interval '1 second')::date, due.on_time_until,
    newest.id::text, newest.revision, newest.received_at, newest.on_time,
    own.row_count, own.nil
from unnest(%(forms)s::text[], %(periods)s::text[]) as wanted (form, period)
left join expected_report as due
    on due.form = wanted.form and due.period = wanted.period and due.division = %(township)s
left join lateral (
    select id, revision, received_at, on_time, state
    from submission
    where form = wanted.form and period = wanted.period and division = %(township)s
    order by revision desc
    limit 1
) as newest on newest.state <> 'withdrawn'
left join lateral (
    select count(*) as row_count, bool_and(nil) as nil
    from submission_row
    where submission_id = newest.id and division = %(village)s
) as own on true
where %(village)s = any(due.units) or own.row_count > 0
order by wanted.form, wanted.period

-- name: rows
-- The village's rows in some submissions, in the order of each; a row with nothing to report is left out.
select submission_id::text, fields::text
from submission_row
where submission_id = any(%(submissions)s::uuid[]) and division = %(village)s and not nil
order by submission_id, number

-- name: cards
-- The village's cards: the open ones, red first, then those due soonest; the closed ones, the newest first.
select
    id, rule, evidence -> 'rule' -> 'title', evidence -> 'text', evidence ->> 'metric', colour, status, period,
    raised_at, due_on
from card
where division = %(village)s
order by
    status = 'closed',
    case when status <> 'closed' then colour <> 'red' end,
    case when status <> 'closed' then due_on end,
    id desc
limit %(limit)s

-- name: orders
-- Orders to some divisions: those that await a reply by their day, then the others, the newest first.
select id, kind, issuer, addressee, subject, card_id, issued_at, due_on, state
from supervision_order
where addressee = any(%(addressees)s::text[])
order by
    state not in ('issued', 'returned'),
    case when state in ('issued', 'returned') then due_on end,
    id desc
limit %(limit)s
