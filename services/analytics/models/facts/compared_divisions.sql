-- facts.compared_divisions: everyone whose place may have changed with the changed units.
-- grain    one row a division
-- key      division
-- inputs   facts.changed_divisions, facts.lineage
-- refresh  whole
-- meaning  villages are ranked in their township and county, townships in their county and city, counties in
--          their city: so the counties concerned, and all townships and counties of the cities concerned.
select l.division, l.number
from facts.lineage as l
where l.county in (select division from facts.changed_divisions)
   or (l.level <> 'village' and l.city in (select division from facts.changed_divisions))
