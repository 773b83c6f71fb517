-- temp.source_values: what derived metrics read: metrics of forms, index scores and index grades.
-- grain    one row a name, reporting division and period
-- key      metric, division, period
-- inputs   temp.read_values, temp.needed_inputs, metrics.index_scores, facts.changed_units
-- refresh  batch
-- meaning  an index goes by its own name, its grade by <index>_grade.
select metric, division, period, value
from temp.read_values
union all
select s.index_name as metric, s.division, s.period, cast(s.score as double) as value
from metrics.index_scores as s
join temp.needed_inputs as n on n.input = s.index_name and n.period = s.period
join facts.changed_units as u on u.division = s.division
union all
select concat(s.index_name, '_grade') as metric, s.division, s.period, cast(s.grade as double) as value
from metrics.index_scores as s
join temp.needed_inputs as n on n.input = concat(s.index_name, '_grade') and n.period = s.period
join facts.changed_units as u on u.division = s.division
