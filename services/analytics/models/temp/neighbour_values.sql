-- temp.neighbour_values: what the refresh before left of the divisions that are compared with the changed ones.
-- grain    one row a cell (metric and period) and division
-- key      cell, number
-- inputs   temp.batch, facts.cells, facts.compared_divisions, facts.changed_divisions, facts.lineage
-- before   marts.metric_values
-- refresh  batch
-- meaning  their values stand; their places may be others. Only where a value changed. Empty in a full build.
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
join temp.batch as n on n.metric = v.metric and n.period = v.period
join facts.compared_divisions as x on x.division = v.division
join facts.lineage as l on l.division = v.division
join facts.cells as c on c.metric = v.metric and c.period = v.period
left join facts.changed_divisions as d on d.division = v.division
where d.division is null
  and v.metric in (select metric from temp.batch)
  and v.period in (select period from temp.batch)
