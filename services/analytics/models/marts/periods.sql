-- marts.periods: the periods that have values.
-- grain    one row a period
-- key      period
-- inputs   facts.periods, marts.metric_values
-- refresh  whole
-- meaning  a period stands here as soon as one metric has a value for the whole city in it.
select p.period, p.kind, p.ordinal, p.first_on, p.last_on
from facts.periods as p
where p.period in (select v.period from marts.metric_values as v where v.level = 'city' and v.value is not null)
order by p.first_on, p.last_on
