-- marts.metric_values: what the api reads: values with their places and what they are compared with.
-- grain    one row a metric, division and period
-- key      metric, division, period
-- inputs   temp.compared_values, temp.standing_values, temp.earlier_values, temp.touched, temp.changed_cells,
--          facts.cells, facts.lineage
-- refresh  batch
-- meaning  rank of places is the place among those with the same parent; villages have one in their county
--          too, townships in their city. 1 is best; ties share a place and the next is skipped (1, 1, 3).
--          Below the coverage floor there is no place, and nobody's place counts such a division. previous
--          is the value of the period before, year_ago that of the same period last year. Numbers stand for
--          the names while rows are compared, for numbers are quicker to sort and to join.
with numbered as (
    select
        v.*,
        case when c.direction = 'higher' then -v.value else v.value end as badness,
        c.direction <> 'none'
            and v.value is not null
            and v.reported >= c.coverage_floor * v.expected
            and v.level <> 'city' as is_ranked
    from temp.compared_values as v
    join facts.cells as c on c.cell = v.cell
), beside as (
    select
        cell, number,
        rank() over (partition by cell, parent_number order by badness) as rank,
        count(*) over (partition by cell, parent_number) as places
    from numbered
    where is_ranked
), wider as (
    select
        cell, number,
        rank() over (partition by cell, level, area order by badness) as rank,
        count(*) over (partition by cell, level, area) as places
    from (
        select cell, number, level, badness, case when level = 'village' then county_number else city_number end as area
        from numbered
        where is_ranked and level <> 'county'
    ) as widened
), placed as (
    select
        v.cell, v.number, v.numerator, v.denominator, v.value, v.reported, v.expected,
        b.rank, b.places,
        case v.level when 'village' then w.rank when 'township' then b.rank end as county_rank,
        case v.level when 'village' then w.places when 'township' then b.places end as county_places,
        case v.level when 'township' then w.rank when 'county' then b.rank end as city_rank,
        case v.level when 'township' then w.places when 'county' then b.places end as city_places,
        v.stands,
        v.previous,
        v.year_ago
    from numbered as v
    left join beside as b on b.cell = v.cell and b.number = v.number
    left join wider as w on w.cell = v.cell and w.number = v.number
    union all
    select
        s.cell, s.number, s.numerator, s.denominator, s.value, s.reported, s.expected,
        s.rank, s.places, s.county_rank, s.county_places, s.city_rank, s.city_places,
        false as stands,
        s.previous,
        s.year_ago
    from temp.standing_values as s
    join temp.touched as t on t.cell = s.cell
    left join temp.changed_cells as b on b.cell = s.cell
    where b.cell is null
)
select
    c.metric,
    c.metric_number,
    c.period,
    l.division,
    l.parent,
    l.level,
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
join facts.cells as c on c.cell = v.cell
join facts.lineage as l on l.number = v.number
join temp.touched as x on x.cell = v.cell
left join temp.earlier_values as e on e.cell = x.previous_cell and e.number = v.number
left join temp.earlier_values as y on y.cell = x.year_ago_cell and y.number = v.number
order by v.cell * 1000000 + v.number
