-- temp.earlier_values: what the changed divisions are compared with: the period before, the same of the year before.
-- grain    one row a cell (metric and period) that is compared with, and division
-- key      cell, number
-- inputs   temp.touched, temp.changed_cells, temp.rolled_values, facts.cells, facts.changed_divisions
-- before   marts.metric_values
-- refresh  batch
-- meaning  from this batch where it has been computed again, else as it stands. A missing value is left out.
with needed as (
    select previous_cell as cell from temp.touched
    union
    select year_ago_cell as cell from temp.touched
), wanted as (
    select c.cell, c.metric_number, c.period
    from needed as n
    join facts.cells as c on c.cell = n.cell
    left join temp.changed_cells as b on b.cell = c.cell
    where b.cell is null
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
join facts.changed_divisions as d on d.division = v.division
where v.value is not null
  -- Said again beside the join: these two filters are what lets most of the table go unread.
  and v.period in (select period from wanted)
  and v.metric_number in (select metric_number from wanted)
