-- temp.standing_values: what the refresh before left of the changed divisions, in the batch and in what follows it.
-- grain    one row a cell (metric and period) and division
-- key      cell, number
-- inputs   temp.successors, facts.cells, facts.changed_divisions
-- before   marts.metric_values
-- refresh  batch
-- meaning  what is compared with what was computed again. Empty in a full build.
with wanted as (
    select c.cell, c.metric_number, c.period
    from facts.cells as c
    where c.cell in (select successor from temp.successors)
)
select
    v.rowid as row_number,
    w.cell,
    d.number,
    v.level,
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
join wanted as w on w.metric_number = v.metric_number and w.period = v.period
join facts.changed_divisions as d on d.division = v.division
-- Said again beside the join: these two filters are what lets most of the table go unread.
where v.period in (select period from wanted)
  and v.metric_number in (select metric_number from wanted)
