-- marts.divisions: every division that reports or has reporting divisions below it.
-- grain    one row a division
-- key      code
-- inputs   facts.lineage, facts.ancestors
-- refresh  whole
-- meaning  villages counts the villages at or below that file reports; 0 where only townships or counties do.
with counted as (
    select a.ancestor, count(*) filter (where l.level = 'village') as villages
    from facts.ancestors as a
    join facts.lineage as l on l.division = a.division
    group by a.ancestor
)
select
    l.division as code,
    l.name,
    l.level,
    l.kind,
    l.parent,
    c.villages,
    l.valid_from,
    l.valid_to
from facts.lineage as l
join counted as c on c.ancestor = l.division
order by l.division
