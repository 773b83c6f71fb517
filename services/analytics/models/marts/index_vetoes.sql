-- marts.index_vetoes: the vetoes that hold.
-- grain    one row an index, metric, reporting division and period
-- key      index_name, metric, division, period
-- inputs   metrics.index_vetoes
-- refresh  view
-- meaning  while one holds, the grade is at most highest_grade; where none holds, there is no row.
select index_name, metric, division, period, value, highest_grade
from metrics.index_vetoes
