-- marts.metric_values: what the api reads: values with their places and what they are compared with.
-- grain    one row a metric, division and period
-- key      metric, division, period
-- inputs   temp.compared_values, temp.standing_values, temp.rolled_values, temp.touched,
--          temp.batch, facts.metric_definitions, facts.periods, facts.cells
-- refresh  batch
-- meaning  rank of places is the place among those with the same parent; villages have one in their county
--          too, townships in their city. 1 is best; ties share a place and the next is skipped (1, 1, 3).
--          Below the coverage floor there is no place, and nobody's place counts such a division. previous
--          is the value of the period before, year_ago that of the same period last year. Numbers stand for
--          the names while rows are compared, for numbers are quicker to sort and to join.
with numbered as (
    select
        v.*,
        case when d.direction = 'higher' then -v.value else v.value end as badness,
        d.direction <> 'none'
            and v.value is not null
            and v.reported >= d.coverage_floor * v.expected
            and v.level <> 'city' as is_ranked
    from temp.compared_values as v
    join facts.metric_definitions as d on d.metric = v.metric
), ranked as (
    select
        numbered.*,
        rank() over (partition by cell, parent_number, is_ranked order by badness) as parent_rank,
        count(*) over (partition by cell, parent_number, is_ranked) as parent_places
    from numbered
), ranked_wider as (
    select
        cell, number,
        rank() over (partition by cell, level, wider order by badness) as wider_rank,
        count(*) over (partition by cell, level, wider) as wider_places
    from (
        select cell, number, level, badness, case when level = 'village' then county_number else city_number end as wider
        from numbered
        where is_ranked and level <> 'county'
    ) as widened
), present as (
    select cell, number, value
    from temp.rolled_values
    union all
    select s.cell, s.number, s.value
    from temp.standing_values as s
    left join temp.batch as b on b.metric = s.metric and b.period = s.period
    where b.metric is null
), known as (
    select p.number, p.value, c.metric, c.period
    from present as p
    join facts.cells as c on c.cell = p.cell
    where p.value is not null
), earlier as (
    select c.cell, v.number, v.value
    from known as v
    join facts.periods as p on p.previous = v.period
    join facts.cells as c on c.metric = v.metric and c.period = p.period
), last_year as (
    select c.cell, v.number, v.value
    from known as v
    join facts.periods as p on p.year_ago = v.period
    join facts.cells as c on c.metric = v.metric and c.period = p.period
), placed as (
    select
        v.cell, v.number, v.metric, v.period, v.division, v.parent, v.level,
        v.numerator, v.denominator, v.value, v.reported, v.expected,
        case when v.is_ranked then v.parent_rank end as rank,
        case when v.is_ranked then v.parent_places end as places,
        case v.level when 'village' then w.wider_rank when 'township' then case when v.is_ranked then v.parent_rank end end as county_rank,
        case v.level when 'village' then w.wider_places when 'township' then case when v.is_ranked then v.parent_places end end as county_places,
        case v.level when 'township' then w.wider_rank when 'county' then case when v.is_ranked then v.parent_rank end end as city_rank,
        case v.level when 'township' then w.wider_places when 'county' then case when v.is_ranked then v.parent_places end end as city_places,
        v.stands,
        v.previous,
        v.year_ago
    from ranked as v
    left join ranked_wider as w on w.cell = v.cell and w.number = v.number
    union all
    select
        s.cell, s.number, s.metric, s.period, s.division, s.parent, s.level,
        s.numerator, s.denominator, s.value, s.reported, s.expected,
        s.rank, s.places, s.county_rank, s.county_places, s.city_rank, s.city_places,
        false as stands,
        s.previous,
        s.year_ago
    from temp.standing_values as s
    join temp.touched as t on t.metric = s.metric and t.period = s.period
    left join temp.batch as b on b.metric = s.metric and b.period = s.period
    where b.metric is null
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
    v.rank,
    v.places,
    v.county_rank,
    v.county_places,
    v.city_rank,
    v.city_places,
    case when v.stands then v.previous else e.value end as previous,
    case when v.stands then v.year_ago else y.value end as year_ago
from placed as v
left join earlier as e on e.cell = v.cell and e.number = v.number
left join last_year as y on y.cell = v.cell and y.number = v.number
order by v.cell * 1000000 + v.number
