-- temp.standing_values: what the refresh before left of the changed divisions, in the touched periods.
-- grain    one row a cell (metric and period) and division
-- key      cell, number
-- inputs   temp.touched, facts.cells, facts.changed_divisions, facts.lineage
-- before   marts.metric_values
-- refresh  batch
-- meaning  what must not be written again where it comes out the same. Empty in a full build.
with wanted as (
    select c.cell, c.metric_number, c.period
    from temp.touched as t
    join facts.cells as c on c.metric = t.metric and c.period = t.period
), changed as (
    select l.number, d.division
    from facts.changed_divisions as d
    join facts.lineage as l on l.division = d.division
)
select
    v.rowid as row_number,
    w.cell,
    d.number,
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
join changed as d on d.division = v.division
-- Said again beside the join: these two filters are what lets most of the table go unread.
where v.period in (select period from wanted)
  and v.metric_number in (select metric_number from wanted)
