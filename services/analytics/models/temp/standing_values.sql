-- temp.standing_values: what the refresh before left of the changed divisions.
-- grain    one row a metric, division and period
-- key      metric, division, period
-- inputs   temp.touched, facts.cells, facts.changed_divisions, facts.lineage, facts.periods
-- before   marts.metric_values
-- refresh  batch
-- meaning  in the touched periods, and in those that they are compared with. Empty in a full build.
with needed as (
    select metric, period
    from temp.touched
    union
    select t.metric, p.previous as period
    from temp.touched as t
    join facts.periods as p on p.period = t.period
    union
    select t.metric, p.year_ago as period
    from temp.touched as t
    join facts.periods as p on p.period = t.period
)
select
    v.rowid as row_number,
    c.cell,
    l.number,
    v.metric,
    v.period,
    v.division,
    v.parent,
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
join needed as n on n.metric = v.metric and n.period = v.period
join facts.changed_divisions as d on d.division = v.division
join facts.lineage as l on l.division = v.division
join facts.cells as c on c.metric = v.metric and c.period = v.period
where v.metric in (select metric from temp.touched)
  and v.period in (select period from needed)
