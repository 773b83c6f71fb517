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
), wanted as (
    select c.cell, c.metric_number, c.period
    from needed as n
    join facts.cells as c on c.metric = n.metric and c.period = n.period
    left join temp.batch as b on b.metric = n.metric and b.period = n.period
    where b.metric is null
), changed as (
    select l.number, d.division
    from facts.changed_divisions as d
    join facts.lineage as l on l.division = d.division
)
select
    r.cell,
    r.number,
    r.value
from temp.rolled_values as r
where r.value is not null
union all
select
    w.cell,
    d.number,
    v.value
from marts.metric_values as v
join wanted as w on w.metric_number = v.metric_number and w.period = v.period
join changed as d on d.division = v.division
where v.value is not null
  -- Said again beside the join: these two filters are what lets most of the table go unread.
  and v.period in (select period from wanted)
  and v.metric_number in (select metric_number from wanted)
