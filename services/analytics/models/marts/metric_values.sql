-- marts.metric_values: what the api reads: values with their places and what they are compared with.
-- grain    one row a metric, division and period
-- key      metric, division, period
-- inputs   metrics.metric_values, facts.metric_definitions, facts.lineage, facts.periods, facts.touched,
--          facts.compared_divisions
-- refresh  compared
-- meaning  rank of places is the place among those with the same parent; villages have one in their county
--          too, townships in their city. 1 is best; ties share a place and the next is skipped (1, 1, 3).
--          Below the coverage floor there is no place, and nobody's place counts such a division. previous
--          is the value of the period before, year_ago that of the same period last year.
with placed as (
    select
        v.metric, v.period, v.division, l.parent, l.level, l.county, l.city,
        v.numerator, v.denominator, v.value, v.reported, v.expected,
        case when d.direction = 'higher' then -v.value else v.value end as badness,
        d.direction <> 'none'
            and v.value is not null
            and v.reported >= d.coverage_floor * v.expected
            and l.level <> 'city' as is_ranked
    from metrics.metric_values as v
    join facts.touched as t on t.metric = v.metric and t.period = v.period
    join facts.compared_divisions as c on c.division = v.division
    join facts.metric_definitions as d on d.metric = v.metric
    join facts.lineage as l on l.division = v.division
), around as (
    select v.metric, v.division, v.period, v.value
    from metrics.metric_values as v
    join facts.compared_divisions as c on c.division = v.division
    where v.metric in (select metric from facts.touched)
), ranked as (
    select
        metric, period, division,
        rank() over (partition by metric, period, level, parent order by badness) as rank,
        count(*) over (partition by metric, period, level, parent) as places,
        rank() over (partition by metric, period, level, county order by badness) as county_rank,
        count(*) over (partition by metric, period, level, county) as county_places
    from placed
    where is_ranked
), ranked_in_city as (
    select
        metric, period, division,
        rank() over (partition by metric, period, level, city order by badness) as city_rank,
        count(*) over (partition by metric, period, level, city) as city_places
    from placed
    where is_ranked and level <> 'village'
)
select
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
    r.rank,
    r.places,
    case when v.level <> 'county' then r.county_rank end as county_rank,
    case when v.level <> 'county' then r.county_places end as county_places,
    c.city_rank,
    c.city_places,
    b.value as previous,
    y.value as year_ago
from placed as v
join facts.periods as p on p.period = v.period
left join ranked as r on r.metric = v.metric and r.division = v.division and r.period = v.period
left join ranked_in_city as c on c.metric = v.metric and c.division = v.division and c.period = v.period
left join around as b on b.metric = v.metric and b.division = v.division and b.period = p.previous
left join around as y on y.metric = v.metric and y.division = v.division and y.period = p.year_ago
order by v.period, v.parent, v.metric, v.division
