-- marts.index_deductions: the points that are taken off an index.
-- grain    one row an index, metric, reporting division and period
-- key      index_name, metric, division, period
-- inputs   metrics.index_deductions
-- refresh  view
-- meaning  value counts what is deducted for; where there is nothing of it, there is no row.
select index_name, metric, division, period, value, points
from metrics.index_deductions
