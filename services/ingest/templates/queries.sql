-- name: units_due
-- The units of an open period; no row while nobody opened it.
select units
from expected_report
where form = %(form)s and period = %(period)s and division = %(division)s

-- name: units_to_be_due
-- The units that a period will have when it opens: those of the register that hold on its first day.
select distinct
    case %(grain)s when 'village' then village.code when 'township' then township.code else county.code end as code
from division as village
join division as township on township.id = village.parent_id
join division as county on county.id = township.parent_id
where village.level = 'village' and village.kind = 'village'
  and village.valid_from <= %(first_day)s and (village.valid_to is null or village.valid_to > %(first_day)s)
  and case when %(grain)s = 'county' then county.code else township.code end = %(division)s
order by code

-- name: names
-- What divisions are called, or were called last.
select distinct on (code) code, name
from division
where code = any(%(codes)s)
order by code, valid_from desc

-- name: period_before
-- The newest earlier period that was reported; codes of one kind sort as their days do.
select max(period)
from submission
where form = %(form)s and division = %(division)s and period < %(period)s
