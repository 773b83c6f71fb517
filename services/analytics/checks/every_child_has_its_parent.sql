-- every_child_has_its_parent: no value hangs in the air below the city.
-- severity fail
-- result   examined, broken
select
    count(*) as examined,
    count(*) filter (where p.division is null) as broken
from temp.compared_values as v
left join temp.compared_values as p on p.division = v.parent and p.metric = v.metric and p.period = v.period
where v.level <> 'city'
  and v.division in (select division from facts.changed_divisions)
