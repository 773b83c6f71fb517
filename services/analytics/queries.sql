-- name: horizon
-- Where the next extract reads on from: below xmin no transaction is running any more. A sequence or a time
-- would lose rows, for transactions commit in another order than they begin.
select
    (pg_snapshot_xmin(pg_current_snapshot())::text)::bigint as xmin,
    (select oid::text from pg_database where datname = current_database()) as database,
    (select md5(string_agg(d::text, ',' order by d.id)) from division as d) as register

-- name: changed
-- What transactions from $horizon on have written: a report may stand here that was extracted before.
select form, period, division, transaction_id from submission where transaction_id >= %(horizon)s
union
select form, period, division, transaction_id from expected_report where transaction_id >= %(horizon)s

-- name: register
-- The divisions as they last were, with the code of the one above.
copy (
    select distinct on (d.code)
        d.code, d.name, d.level, d.kind, p.code, d.valid_from, d.valid_to
    from division as d
    left join division as p on p.id = d.parent_id
    order by d.code, d.valid_from desc
) to stdout (format csv)

-- name: submissions
-- The newest revision of each report; one that was withdrawn counts for nothing, nor do those before it.
copy (
    select id, form, period, division, revision, received_at, on_time, key_id
    from (
        select distinct on (s.form, s.period, s.division) s.*
        from submission as s
        join unnest(%(forms)s::text[], %(periods)s::text[], %(divisions)s::text[]) as c (form, period, division)
            on c.form = s.form and c.period = s.period and c.division = s.division
        order by s.form, s.period, s.division, s.revision desc
    ) as newest
    where state <> 'withdrawn'
) to stdout (format csv)

-- name: rows
-- The rows of the newest revisions that were not withdrawn; those in which something is sealed are sealed_rows.
copy (
    with newest as (
        select distinct on (s.form, s.period, s.division) s.id, s.form, s.period, s.state
        from submission as s
        join unnest(%(forms)s::text[], %(periods)s::text[], %(divisions)s::text[]) as c (form, period, division)
        on c.form = s.form and c.period = s.period and c.division = s.division
        order by s.form, s.period, s.division, s.revision desc
    )
    select n.form, n.period, r.division, r.nil, r.fields
    from newest as n
    join submission_row as r on r.submission_id = n.id
    where n.state <> 'withdrawn' and r.sealed is null
) to stdout (format csv)

-- name: sealed_rows
-- The rows of the newest revisions in which something is sealed.
copy (
    with newest as (
        select distinct on (s.form, s.period, s.division) s.id, s.form, s.period, s.state
        from submission as s
        join unnest(%(forms)s::text[], %(periods)s::text[], %(divisions)s::text[]) as c (form, period, division)
        on c.form = s.form and c.period = s.period and c.division = s.division
        order by s.form, s.period, s.division, s.revision desc
    )
    select n.form, n.period, r.division, r.fields::text, r.sealed
    from newest as n
    join submission_row as r on r.submission_id = n.id
    where n.state <> 'withdrawn' and r.sealed is not null
) to stdout (format binary)

-- name: expected
-- What is due in the reports, and for which divisions.
copy (
    select e.form, e.period, e.division, u.unit, (e.due_at at time zone 'Asia/Shanghai' - interval '1 second')::date, e.on_time_until
    from expected_report as e
    join unnest(%(forms)s::text[], %(periods)s::text[], %(divisions)s::text[]) as c (form, period, division)
        on c.form = e.form and c.period = e.period and c.division = e.division
    cross join unnest(e.units) as u (unit)
) to stdout (format csv)

-- name: event_counts
-- How many events each source of records has: none is ever rewritten or removed.
select 'orders' as source,
    (select count(*) from supervision_order_event) + (select count(*) from contact_point_event) as events
union all
select 'meetings', count(*) from meeting_event
union all
select 'cards', count(*) from card_event

-- name: orders
-- Supervision orders, with the rule of the card that each is about.
copy (
    select o.id, o.kind, o.issuer, o.addressee, o.metric, c.rule, (o.issued_at at time zone 'Asia/Shanghai')::date,
        o.due_on, o.state, o.in_time, o.repeats
    from supervision_order as o
    left join card as c on c.id = o.card_id
    order by o.id
) to stdout (format csv)

-- name: order_events
copy (
    select id, order_id, event, (at at time zone 'Asia/Shanghai')::date, due_on
    from supervision_order_event
    order by id
) to stdout (format csv)

-- name: contact_points
copy (select id, township, since, until from contact_point order by id) to stdout (format csv)

-- name: meetings
copy (
    select id, kind, holder, period, (starts_at at time zone 'Asia/Shanghai')::date, state from meeting order by id
) to stdout (format csv)

-- name: meeting_invitations
copy (
    select meeting_id, division, attendance from meeting_invitation order by meeting_id, division
) to stdout (format csv)

-- name: meeting_follow_ups
copy (
    select meeting_id, number, division, due_on, (done_at at time zone 'Asia/Shanghai')::date
    from meeting_follow_up
    order by meeting_id, number
) to stdout (format csv)

-- name: cards
copy (
    select
        id, rule, division,
        case when lifting_proposed_at is not null and status <> 'closed' then 'lifting_proposed' else status end,
        (raised_at at time zone 'Asia/Shanghai')::date, due_on, acknowledge_by, paused_on
    from card order by id
) to stdout (format csv)

-- name: card_events
copy (
    select id, card_id, event, (at at time zone 'Asia/Shanghai')::date, colour from card_event order by id
) to stdout (format csv)
