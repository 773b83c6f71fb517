-- facts.changed_divisions: the changed units and everything above them.
-- grain    one row a division
-- key      division
-- inputs   facts.changed_units, facts.ancestors
-- refresh  whole
-- meaning  whose values must be rolled up again.
select distinct a.ancestor as division, a.ancestor_number as number
from facts.changed_units as u
join facts.ancestors as a on a.division = u.division
