-- marts_have_every_value: the api can read each value that was compared, once.
-- severity fail
-- result   examined, broken
-- meaning  as many rows, and the same sum of their places in the order: a value that is missing or stands twice
--          shows in one of the two. Quicker than to look each of them up.
with served as (
    select w.cell * 1000000 + l.number as place
    from marts.metric_values as v
    join temp.changed_cells as w on w.metric_number = v.metric_number and w.period = v.period
    join facts.compared_divisions as d on d.division = v.division
    join facts.lineage as l on l.division = v.division
), read as (
    select count(*) as n, sum(place) as total
    from served
), computed as (
    select count(*) as n, sum(cell * 1000000 + number) as total
    from temp.compared_values
)
select
    c.n as examined,
    case when c.n = r.n and c.total is not distinct from r.total then 0 else 1 end as broken
from computed as c
cross join read as r
