-- temp.distinct_values: the metrics that count different values (a task that ten townships share is one).
-- grain    one row a cell (metric and period) and division
-- key      cell, number
-- inputs   facts.members, facts.measures, facts.ancestors, facts.changed_divisions, temp.cell_parts
-- refresh  distinct
-- meaning  only the affected ones stand here; they go on into temp.rolled_values. 0 = reported, none found.
--          A flow counts what any report of the period named, a balance what each division's last one did.
with spans as (
    select cell, metric, periods, part, ordinal
    from temp.cell_parts
    where divisions = 'distinct'
), places as (
    select n.division, n.ancestor_number as number
    from facts.ancestors as n
    join facts.changed_divisions as d on d.division = n.ancestor
), measured as (
    select m.metric, m.division, m.period, m.is_reported
    from facts.measures as m
    where m.metric in (select metric from spans)
), latest as (
    select s.cell, m.division, max(s.ordinal) as ordinal
    from measured as m
    join spans as s on s.metric = m.metric and s.part = m.period
    where m.is_reported
    group by s.cell, m.division
), counted as (
    select s.cell, p.number, count(distinct m.member) as members
    from facts.members as m
    join spans as s on s.metric = m.metric and s.part = m.period
    join latest as l on l.cell = s.cell and l.division = m.division
    join places as p on p.division = m.division
    where s.periods <> 'last' or s.ordinal = l.ordinal
    group by s.cell, p.number
), answered as (
    select
        s.cell, p.number,
        case
            when s.periods = 'last' then count(distinct case when m.is_reported then m.division end)
            else count(*) filter (where m.is_reported)
        end as reported,
        case when s.periods = 'last' then count(distinct m.division) else count(*) end as expected
    from measured as m
    join spans as s on s.metric = m.metric and s.part = m.period
    join places as p on p.division = m.division
    group by s.cell, p.number, s.periods
)
select
    a.cell,
    a.number,
    case when c.members is not null then c.members when a.reported > 0 then 0 end as numerator,
    a.reported,
    a.expected
from answered as a
left join counted as c on c.cell = a.cell and c.number = a.number
