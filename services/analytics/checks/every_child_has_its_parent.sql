-- every_child_has_its_parent: no value hangs in the air below the city.
-- severity fail
-- result   examined, broken
select
    count(*) as examined,
    count(*) filter (where v.level <> 'city' and p.number is null) as broken
from temp.compared_values as v
left join temp.compared_values as p on p.cell = v.cell and p.number = v.parent_number
where not v.stands
