-- temp.earlier_values: what the changed divisions are compared with: the period before, the same of the year before.
-- grain    one row a cell (metric and period) that is compared with, and division
-- key      cell, number
-- inputs   temp.touched, temp.batch, temp.rolled_values, facts.cells, facts.changed_divisions, facts.lineage,
--          facts.periods
-- before   marts.metric_values
-- refresh  batch
-- meaning  from this batch where it has been computed again, else as it stands. A missing value is left out.
with needed as (
    select t.metric, p.previous as period
    from temp.touched as t
    join facts.periods as p on p.period = t.period
    union
    select t.metric, p.year_ago as period
    from temp.touched as t
    join facts.periods as p on p.period = t.period
)
select
    r.cell,
    r.number,
    r.value
from temp.rolled_values as r
where r.value is not null
union all
select
    c.cell,
    l.number,
    v.value
from marts.metric_values as v
join needed as n on n.metric = v.metric and n.period = v.period
join facts.changed_divisions as d on d.division = v.division
join facts.lineage as l on l.division = v.division
join facts.cells as c on c.metric = v.metric and c.period = v.period
left join temp.batch as b on b.metric = v.metric and b.period = v.period
where b.metric is null
  and v.value is not null
  and v.metric in (select metric from needed)
  and v.period in (select period from needed)
