-- every_child_has_its_parent: no value hangs in the air below the city.
-- severity fail
-- result   examined, broken
select
    count(*) as examined,
    count(*) filter (where p.division is null) as broken
from metrics.metric_values as v
join facts.affected as a on a.metric = v.metric and a.period = v.period
join facts.lineage as l on l.division = v.division
left join metrics.metric_values as p on p.division = l.parent and p.metric = v.metric and p.period = v.period
where l.level <> 'city'
  and v.division in (select division from facts.changed_divisions)
