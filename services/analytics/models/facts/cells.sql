-- facts.cells: a number for every metric and period, in order of period, then metric.
-- grain    one row a metric and period
-- key      cell
-- inputs   facts.metric_definitions, facts.periods
-- refresh  whole
-- meaning  numbers are quicker to group, sort and join than names; they are not kept in any table.
select
    d.metric,
    p.period,
    d.divisions,
    row_number() over (order by p.period, d.metric) as cell
from facts.metric_definitions as d
cross join facts.periods as p
