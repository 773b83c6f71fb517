-- marts_have_every_value: the api can read each value that was computed, once.
-- severity fail
-- result   examined, broken
with computed as (
    select count(*) as n
    from metrics.metric_values
), served as (
    select count(*) as n
    from marts.metric_values
)
select
    c.n as examined,
    case when c.n = s.n then 0 else 1 end as broken
from computed as c
cross join served as s
