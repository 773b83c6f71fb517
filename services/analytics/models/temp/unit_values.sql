-- temp.unit_values: every metric of the batch at the divisions that report, whether read from a form or derived.
-- grain    one row a cell (metric and period) and reporting division
-- key      cell, number
-- inputs   temp.period_values, temp.derived_values, temp.batch, facts.changed_units
-- refresh  view
-- meaning  the lowest level of every metric; all others are rolled up from it.
select cell, number, numerator, denominator, reported, expected
from temp.period_values
union all
select b.cell, u.number, v.numerator, v.denominator, v.reported, v.expected
from temp.derived_values as v
join temp.batch as b on b.metric = v.metric and b.period = v.period
join facts.changed_units as u on u.division = v.division
