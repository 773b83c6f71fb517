-- temp.standing_values: what the refresh before left of the changed divisions, in the touched periods.
-- grain    one row a cell (metric and period) and division
-- key      cell, number
-- inputs   temp.touched, facts.cells, facts.changed_divisions, facts.lineage
-- before   marts.metric_values
-- refresh  batch
-- meaning  what must not be written again where it comes out the same. Empty in a full build.
select
    v.rowid as row_number,
    c.cell,
    l.number,
    v.numerator,
    v.denominator,
    v.value,
    v.reported,
    v.expected,
    v.rank,
    v.places,
    v.county_rank,
    v.county_places,
    v.city_rank,
    v.city_places,
    v.previous,
    v.year_ago
from marts.metric_values as v
join temp.touched as t on t.metric = v.metric and t.period = v.period
join facts.changed_divisions as d on d.division = v.division
join facts.lineage as l on l.division = v.division
join facts.cells as c on c.metric = v.metric and c.period = v.period
where v.metric in (select metric from temp.touched)
  and v.period in (select period from temp.touched)
