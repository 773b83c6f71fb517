-- name: open_period_for_townships
-- What every township with villages must report. Once any of it is there, the period is open and stays as it is.
insert into expected_report (form, period, division, units, opened_at, due_at, on_time_until, closes_at)
select %(form)s, %(period)s, township.code,
    case when %(grain)s = 'village' then array_agg(village.code order by village.code) else array[township.code] end,
    %(opened_at)s, %(due_at)s, %(on_time_until)s, %(closes_at)s
from division as village
join division as township on township.id = village.parent_id
where village.level = 'village' and village.kind = 'village'
  and village.valid_from <= %(first_day)s and (village.valid_to is null or village.valid_to > %(first_day)s)
  and not exists (select from expected_report where form = %(form)s and period = %(period)s)
group by township.code
order by township.code
on conflict do nothing
returning division

-- name: open_period_for_counties
-- The same where counties report for themselves: those that have villages.
insert into expected_report (form, period, division, units, opened_at, due_at, on_time_until, closes_at)
select distinct on (county.code) %(form)s, %(period)s, county.code, array[county.code],
    %(opened_at)s, %(due_at)s, %(on_time_until)s, %(closes_at)s
from division as village
join division as township on township.id = village.parent_id
join division as county on county.id = township.parent_id
where village.level = 'village' and village.kind = 'village'
  and village.valid_from <= %(first_day)s and (village.valid_to is null or village.valid_to > %(first_day)s)
  and not exists (select from expected_report where form = %(form)s and period = %(period)s)
order by county.code
on conflict do nothing
returning division

-- name: announce_period
select pg_notify(%(channel)s, %(form)s || ' ' || %(period)s)

-- name: expected_report
-- One reporter's duty in one period, and whether it lasts even when this transaction is rolled back.
select units, on_time_until, closes_at,
    transaction_id is distinct from (pg_current_xact_id_if_assigned()::text)::bigint
from expected_report
where form = %(form)s and period = %(period)s and division = %(division)s

-- name: last_opened_period
-- The newest period of a form in which something is due; codes of one kind sort as their days do.
select max(period)
from expected_report
where form = %(form)s

-- name: calendar
-- Expected reports with what became of them, in order of their due days, after a place.
with item as (
    select e.form, e.period, e.division, e.due_at, e.on_time_until, e.closes_at,
        case
            when s.id is not null then s.state
            when e.closes_at < %(now)s and g.until is null then 'closed'
            when e.due_at <= %(now)s then 'late'
            else 'awaited'
        end as state,
        s.id as submission, s.revision, s.row_count, s.warnings, s.unanswered_warnings, g.until
    from expected_report as e
    left join lateral (
        select id, revision, row_count, state, jsonb_array_length(warnings) as warnings, unanswered_warnings
        from submission
        where form = e.form and period = e.period and division = e.division
        order by revision desc
        limit 1
    ) as s on true
    left join lateral (
        select max(until) as until
        from reporting_grant
        where form = e.form and period = e.period and division = e.division and until > %(now)s
    ) as g on true
    where e.division like %(prefix)s || '%%'
      and (%(unit)s::text is null or %(unit)s = any(e.units))
      and (%(form)s::text is null or e.form = %(form)s)
      and (%(period)s::text is null or e.period = %(period)s)
      and (
          %(after_due)s::timestamptz is null
          or (e.due_at, e.form, e.period, e.division)
              > (%(after_due)s, %(after_form)s::text, %(after_period)s::text, %(after_division)s::text)
      )
)
select i.form, i.period, i.division,
    (select name from division where code = i.division order by valid_from desc limit 1),
    i.due_at, i.on_time_until, i.closes_at, i.state, i.submission, i.revision, i.row_count, i.warnings,
    i.unanswered_warnings,
    case when i.state = 'returned' then (
        select coalesce(jsonb_array_length(items), 0)
        from submission_event
        where submission_id = i.submission and event = 'returned'
        order by id desc
        limit 1
    ) end,
    i.until,
    array(
        select kind from reminder where form = i.form and period = i.period and division = i.division order by id
    )
from item as i
where %(states)s::text[] is null or i.state = any(%(states)s)
order by i.due_at, i.form, i.period, i.division
limit %(limit)s

-- name: named_units
-- The units of one expected report by code, with the names that they had when its period opened.
select unit.code, (
    select d.name
    from division as d
    where d.code = unit.code
    order by d.valid_from <= e.opened_at::date desc, d.valid_from desc
    limit 1
)
from expected_report as e
cross join lateral unnest(e.units) as unit(code)
where e.form = %(form)s and e.period = %(period)s and e.division = %(division)s
order by unit.code
