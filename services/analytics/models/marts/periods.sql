-- marts.periods: the periods that have values.
-- grain    one row a period
-- key      period
-- inputs   facts.periods, facts.period_parts, facts.submissions
-- refresh  whole
-- meaning  a period stands here as soon as anything was reported in it.
with reported as (
    select distinct s.period
    from facts.submissions as s
)
select p.period, p.kind, p.ordinal, p.first_on, p.last_on
from facts.periods as p
where p.period in (
    select x.period
    from facts.period_parts as x
    join reported as r on r.period = x.part
    where x.span = 'within'
)
order by p.first_on, p.last_on
