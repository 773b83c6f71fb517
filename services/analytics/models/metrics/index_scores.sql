-- metrics.index_scores: each index at the divisions that report: points, less deductions, and the grade.
-- grain    one row an index, reporting division and period
-- key      index_name, division, period
-- inputs   metrics.index_components, metrics.index_deductions, metrics.index_vetoes, facts.index_sizes,
--          facts.index_grades, temp.batch, facts.changed_units
-- refresh  index
-- meaning  an index of which a component is missing, or was not asked for, has no score; a score is never
--          below 0; a veto that holds caps the grade, not the score, and gives none where there is none.
with scored as (
    select
        c.index_name, c.division, c.period,
        case when count(c.points) = max(z.components) then sum(c.points) end as points
    from metrics.index_components as c
    join facts.index_sizes as z on z.index_name = c.index_name
    join temp.batch as a on a.metric = c.index_name and a.period = c.period
    join facts.changed_units as u on u.division = c.division
    -- Said again beside the joins: these filters are what lets most of the table go unread.
    where c.period in (select period from temp.batch)
      and c.division in (select division from facts.changed_units)
    group by c.index_name, c.division, c.period
), deducted as (
    select index_name, division, period, sum(points) as points
    from metrics.index_deductions
    group by index_name, division, period
), vetoed as (
    select index_name, division, period, min(highest_grade) as highest_grade
    from metrics.index_vetoes
    group by index_name, division, period
), scores as (
    select
        s.index_name, s.division, s.period,
        case when s.points is null or d.points is null then s.points else greatest(s.points - d.points, 0) end as score,
        v.highest_grade
    from scored as s
    left join deducted as d on d.index_name = s.index_name and d.division = s.division and d.period = s.period
    left join vetoed as v on v.index_name = s.index_name and v.division = s.division and v.period = s.period
), graded as (
    select s.index_name, s.division, s.period, max(g.grade) as grade
    from scores as s
    join facts.index_grades as g on g.index_name = s.index_name and s.score >= g.at_least
    group by s.index_name, s.division, s.period
)
select
    s.index_name,
    s.division,
    s.period,
    cast(s.score as decimal(18, 4)) as score,
    case when g.grade is not null then least(g.grade, s.highest_grade) end as grade
from scores as s
left join graded as g on g.index_name = s.index_name and g.division = s.division and g.period = s.period
