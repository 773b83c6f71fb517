-- facts.lineage: the divisions that report and those above them, each with its place in the order.
-- grain    one row a division from village to city
-- key      division
-- inputs   temp.register, facts.expected_units
-- refresh  units
-- meaning  township, county and city are the division itself at its own level and empty below it; parent is
--          the division directly above, empty for a city.
--          The numbers stand for the codes where many rows are sorted and joined.
with units as (
    select distinct u.division
    from facts.expected_units as u
), chains as (
    select
        d.code as first, p1.code as second, p2.code as third, p3.code as fourth
    from units as u
    join temp.register as d on d.code = u.division
    left join temp.register as p1 on p1.code = d.parent
    left join temp.register as p2 on p2.code = p1.parent
    left join temp.register as p3 on p3.code = p2.parent
), members as (
    select first as division from chains
    union
    select second as division from chains
    union
    select third as division from chains
    union
    select fourth as division from chains
), placed as (
    select
        d.code as division,
        d.name,
        d.level,
        d.kind,
        case when d.level <> 'city' then d.parent end as parent,
        case d.level when 'village' then d.parent when 'township' then d.code end as township,
        case d.level when 'village' then p1.parent when 'township' then d.parent when 'county' then d.code end as county,
        case d.level when 'village' then p2.parent when 'township' then p1.parent when 'county' then d.parent else d.code end as city,
        d.valid_from,
        d.valid_to
    from members as m
    join temp.register as d on d.code = m.division
    left join temp.register as p1 on p1.code = d.parent
    left join temp.register as p2 on p2.code = p1.parent
    where d.level in ('village', 'township', 'county', 'city')
), numbered as (
    select division, row_number() over (order by division) as number
    from placed
)
select
    l.division,
    l.name,
    l.level,
    l.kind,
    l.parent,
    l.township,
    l.county,
    l.city,
    l.valid_from,
    l.valid_to,
    n.number,
    p.number as parent_number,
    c.number as county_number,
    m.number as city_number
from placed as l
join numbered as n on n.division = l.division
left join numbered as p on p.division = l.parent
left join numbered as c on c.division = l.county
left join numbered as m on m.division = l.city
