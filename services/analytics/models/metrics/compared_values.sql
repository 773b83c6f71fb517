-- metrics.compared_values: the values that this refresh ranks, compares and checks; dropped when it is done.
-- grain    one row a touched metric, division that may have another place, and period
-- key      metric, division, period
-- inputs   metrics.metric_values, facts.cells, facts.compared_divisions, facts.lineage, facts.touched, facts.periods
-- refresh  whole
-- meaning  a small part of a large table, read once instead of five times.
with needed as (
    select period
    from facts.touched
    union
    select p.previous as period
    from facts.touched as t
    join facts.periods as p on p.period = t.period
    union
    select p.year_ago as period
    from facts.touched as t
    join facts.periods as p on p.period = t.period
)
select
    v.metric, v.period, v.division, c.cell,
    l.number, l.parent, l.level, l.parent_number, l.county_number, l.city_number,
    v.numerator, v.denominator, v.value, v.reported, v.expected
from metrics.metric_values as v
join facts.compared_divisions as x on x.division = v.division
join facts.lineage as l on l.division = v.division
join facts.cells as c on c.metric = v.metric and c.period = v.period
where v.metric in (select metric from facts.touched)
  and v.period in (select period from needed)
