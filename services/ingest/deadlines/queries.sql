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

-- name: announce_period
select pg_notify(%(channel)s, %(form)s || ' ' || %(period)s)

-- name: expected_report
-- One reporter's duty in one period.
select units, on_time_until, closes_at
from expected_report
where form = %(form)s and period = %(period)s and division = %(division)s

-- name: last_opened_period
-- The newest period of a form in which something is due; codes of one kind sort as their days do.
select max(period)
from expected_report
where form = %(form)s
