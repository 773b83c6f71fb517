-- temp.neighbour_values: what the refresh before left of the divisions that are compared with the changed ones.
-- grain    one row a cell (metric and period) and division
-- key      cell, number
-- inputs   temp.changed_cells, facts.compared_divisions, facts.changed_divisions
-- before   marts.metric_values
-- refresh  batch
-- meaning  their values stand; their places may be others. Only where a value changed. Empty in a full build.
with neighbours as (
    select x.number, x.division
    from facts.compared_divisions as x
    left join facts.changed_divisions as d on d.division = x.division
    where d.division is null
)
select
    v.rowid as row_number,
    w.cell,
    n.number,
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
join temp.changed_cells as w on w.metric_number = v.metric_number and w.period = v.period
join neighbours as n on n.division = v.division
-- Said again beside the join: these two filters are what lets most of the table go unread.
where v.period in (select period from temp.changed_cells)
  and v.metric_number in (select metric_number from temp.changed_cells)
