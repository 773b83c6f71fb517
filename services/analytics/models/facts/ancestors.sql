-- facts.ancestors: every division with itself and each division above it, up to the city.
-- grain    one row a division and ancestor
-- key      division, ancestor
-- inputs   facts.lineage
-- refresh  whole
-- meaning  joining on it and grouping by ancestor rolls anything up to every level.
select division, division as ancestor
from facts.lineage
union
select division, township as ancestor
from facts.lineage
where township is not null
union
select division, county as ancestor
from facts.lineage
where county is not null
union
select division, city as ancestor
from facts.lineage
where city is not null
