-- temp.changed_cells: the metrics and periods whose values are other than before at a reporting division.
-- grain    one row a metric and period
-- key      metric, period
-- inputs   temp.unit_changes, facts.affected, facts.metric_definitions
-- after    metrics.unit_values
-- refresh  whole
-- meaning  only these are rolled up and ranked again. What counts different values is not seen at one division, so
--          it counts as changed whenever it is affected.
select r.metric, r.period
from temp.unit_changes as r
union
select a.metric, a.period
from facts.affected as a
join facts.metric_definitions as d on d.metric = a.metric
where d.divisions = 'distinct'
