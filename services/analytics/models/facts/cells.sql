-- facts.cells: a number for every metric and period, in order of period, then work system.
-- grain    one row a metric and period
-- key      cell
-- inputs   facts.metric_definitions, facts.periods
-- refresh  units
-- meaning  the order in which values are kept: what is computed together lies together. Numbers are quicker to
--          group, sort and join than names; they are not kept in any table.
select
    d.metric,
    d.metric_number,
    p.period,
    d.divisions,
    d.direction,
    d.coverage_floor,
    row_number() over (order by p.period, d.metric_number) as cell
from facts.metric_definitions as d
cross join facts.periods as p
