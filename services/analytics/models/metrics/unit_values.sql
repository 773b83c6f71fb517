-- metrics.unit_values: every metric at the divisions that report, whether read from a form or derived.
-- grain    one row a metric, reporting division and period
-- key      metric, division, period
-- inputs   metrics.period_values, metrics.derived_values
-- refresh  view
-- meaning  the lowest level of every metric; all others are rolled up from it.
select metric, division, period, numerator, denominator, reported, expected
from metrics.period_values
union all
select metric, division, period, numerator, denominator, reported, expected
from metrics.derived_values
