-- marts_have_every_value: the api can read each value that was compared, once.
-- severity fail
-- result   examined, broken
with served as (
    select v.metric, v.period, v.division, count(*) as times
    from marts.metric_values as v
    join temp.batch as t on t.metric = v.metric and t.period = v.period
    join facts.compared_divisions as d on d.division = v.division
    where v.metric in (select metric from temp.batch)
      and v.period in (select period from temp.batch)
    group by v.metric, v.period, v.division
)
select
    count(*) as examined,
    count(*) filter (where c.metric is null or s.times is distinct from 1) as broken
from temp.compared_values as c
full join served as s on s.metric = c.metric and s.period = c.period and s.division = c.division
