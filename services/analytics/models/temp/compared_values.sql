-- temp.compared_values: the values that this refresh ranks and checks.
-- grain    one row a cell (metric and period) of the batch, and division that may have another place
-- key      cell, number
-- inputs   temp.rolled_values, temp.neighbour_values, facts.lineage
-- refresh  batch
-- meaning  what was computed again, and beside it what stands as it was: that keeps what it was compared with.
--          Numbers stand for the names, for they are quicker to sort and to join.
with present as (
    select
        cell, number, numerator, denominator, value, reported, expected,
        false as stands, cast(null as double) as previous, cast(null as double) as year_ago
    from temp.rolled_values
    union all
    select
        cell, number, numerator, denominator, value, reported, expected,
        true as stands, previous, year_ago
    from temp.neighbour_values
)
select
    p.cell,
    p.number,
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
join facts.lineage as l on l.number = p.number
