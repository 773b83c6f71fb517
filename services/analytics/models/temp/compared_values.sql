-- temp.compared_values: the values that this refresh ranks and checks.
-- grain    one row a changed metric and period, and division that may have another place
-- key      metric, division, period
-- inputs   temp.rolled_values, temp.neighbour_values, facts.cells, facts.lineage
-- refresh  batch
-- meaning  what was computed again, and beside it what stands as it was: that keeps what it was compared with.
with present as (
    select cell, number, numerator, denominator, value, reported, expected, false as stands, null as previous, null as year_ago
    from temp.rolled_values
    union all
    select cell, number, numerator, denominator, value, reported, expected, true as stands, previous, year_ago
    from temp.neighbour_values
)
select
    c.metric,
    c.period,
    l.division,
    p.cell,
    p.number,
    l.parent,
    l.level,
    l.parent_number,
    l.county_number,
    l.city_number,
    p.numerator,
    p.denominator,
    p.value,
    p.reported,
    p.expected,
    p.stands,
    p.previous,
    p.year_ago
from present as p
join facts.cells as c on c.cell = p.cell
join facts.lineage as l on l.number = p.number
