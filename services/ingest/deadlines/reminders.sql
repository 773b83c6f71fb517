-- name: write
-- A reminder for each report that is expected and not there, of the newest kind that has come due: what was missed
-- before is left out. Once written, a kind is not written again.
with due as (
    select e.form, e.period, e.division, e.due_at,
        case
            when %(now)s >= e.due_at then 'late'
            when %(now)s >= e.due_at - interval '1 day' then 't'
            when %(now)s >= e.due_at - interval '2 days' then 't-1'
            else 't-3'
        end as kind
    from expected_report as e
    where e.due_at <= %(now)s + interval '4 days'
      and e.opened_at <= %(now)s
      and (
          e.closes_at > %(now)s
          or exists (
              select from reporting_grant as g
              where g.form = e.form and g.period = e.period and g.division = e.division and g.until > %(now)s
          )
      )
      and coalesce((
          select s.state = 'withdrawn'
          from submission as s
          where s.form = e.form and s.period = e.period and s.division = e.division
          order by s.revision desc
          limit 1
      ), true)
), written as (
    insert into reminder (form, period, division, kind, due_at, at)
    select form, period, division, kind, due_at, %(now)s from due order by due_at, form, period, division
    on conflict (form, period, division, kind) do nothing
    returning form, period, kind
)
select form, period, kind, count(*) from written group by form, period, kind

-- name: announce
select pg_notify(%(channel)s, %(form)s || ' ' || %(period)s || ' ' || %(kind)s)

-- name: reminders
-- Reminders below a prefix, the last first.
select r.id, r.form, r.period, r.division,
    (select name from division where code = r.division order by valid_from desc limit 1), r.kind, r.due_at, r.at
from reminder as r
join expected_report as e on e.form = r.form and e.period = r.period and e.division = r.division
where r.division like %(prefix)s || '%%'
  and (%(unit)s::text is null or %(unit)s = any(e.units))
  and (%(since)s::timestamptz is null or r.at >= %(since)s)
  and (%(before)s::bigint is null or r.id < %(before)s)
order by r.id desc
limit %(limit)s
