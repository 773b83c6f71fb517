-- temp.cell_parts: the periods of a form that make up each affected cell (metric and period) which it fills.
-- grain    one row a cell and period
-- key      cell, part
-- inputs   facts.affected, facts.cells, facts.metric_definitions, facts.begun, facts.period_parts, facts.periods
-- refresh  whole
-- meaning  ordinal puts the parts in their order in time. Only of periods that have begun.
select
    c.cell,
    d.metric,
    d.divisions,
    d.periods,
    x.part,
    o.ordinal
from facts.affected as a
join facts.cells as c on c.metric = a.metric and c.period = a.period
join facts.metric_definitions as d on d.metric = a.metric
join facts.begun as g on g.form = d.form and g.period = a.period
join facts.period_parts as x on x.period = a.period and x.span = d.span
join facts.periods as o on o.period = x.part
