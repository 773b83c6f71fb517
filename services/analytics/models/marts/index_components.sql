-- marts.index_components: what each component gives to an index.
-- grain    one row an index, component, reporting division and period
-- key      index_name, component, division, period
-- inputs   metrics.index_components
-- refresh  view
-- meaning  score is that of the curve, points its share of the index by weight; null where nothing was reported.
select index_name, component, division, period, value, score, points
from metrics.index_components
