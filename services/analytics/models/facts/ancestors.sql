-- facts.ancestors: every division with itself and each division above it, up to the city.
-- grain    one row a division and ancestor
-- key      division, ancestor
-- inputs   facts.lineage
-- refresh  units
-- meaning  joining on it and grouping by ancestor rolls anything up to every level.
with pairs as (
    select division, division as ancestor
    from facts.lineage
    union
    select division, township as ancestor
    from facts.lineage
    union
    select division, county as ancestor
    from facts.lineage
    union
    select division, city as ancestor
    from facts.lineage
)
select p.division, d.number, p.ancestor, l.number as ancestor_number
from pairs as p
join facts.lineage as d on d.division = p.division
join facts.lineage as l on l.division = p.ancestor
