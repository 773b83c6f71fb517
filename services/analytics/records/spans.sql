-- temp.spans: every division that takes part, in every period that has begun.
-- grain    one row a division from township to city and period
-- key      division, period
-- inputs   temp.register, temp.moment, facts.expected_reports, facts.periods, facts.orders, facts.contact_points,
--          facts.meetings
-- meaning  whoever reports, stands in a record, or stands above one that does; from the first day on for which any
--          report was due, as the center began its work then. seen_on is the day up to which the
--          period can be looked back on: its last, or today. Divisions and periods are only ever added.
with named as (
    select distinct division as code from facts.expected_reports
    union
    select addressee as code from facts.orders
    union
    select township as code from facts.contact_points
    union
    select holder as code from facts.meetings
), above as (
    select r.parent as code
    from named as n
    join temp.register as r on r.code = n.code
), members as (
    select code from named
    union
    select code from above
    union
    select r.parent as code
    from above as a
    join temp.register as r on r.code = a.code
), due as (
    select distinct period from facts.expected_reports
), begun as (
    select min(p.first_on) as first_on
    from due as d
    join facts.periods as p on p.period = d.period
)
select
    r.code as division,
    r.level,
    p.period,
    p.kind,
    p.first_on,
    p.last_on,
    least(p.last_on, n.today) as seen_on,
    p.last_on < n.today as is_over
from members as m
join temp.register as r on r.code = m.code
cross join temp.moment as n
cross join begun as b
join facts.periods as p on p.last_on >= b.first_on and p.first_on <= n.today
where r.level in ('township', 'county', 'city')
