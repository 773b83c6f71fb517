-- metrics.source_values: what derived metrics read: metrics of forms, index scores and index grades.
-- grain    one row a name, reporting division and period
-- key      metric, division, period
-- inputs   metrics.period_values, metrics.index_scores
-- refresh  view
-- meaning  an index goes by its own name, its grade by <index>_grade.
select metric, division, period, value
from metrics.period_values
union all
select index_name as metric, division, period, cast(score as double) as value
from metrics.index_scores
union all
select concat(index_name, '_grade') as metric, division, period, cast(grade as double) as value
from metrics.index_scores
