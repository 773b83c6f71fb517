-- marts.index_scores: how each index came to its score and its grade.
-- grain    one row an index, reporting division and period
-- key      index_name, division, period
-- inputs   metrics.index_scores, metrics.index_components, metrics.index_deductions, metrics.index_vetoes,
--          facts.index_grades
-- refresh  view
-- meaning  points are those of the components, deducted what is taken off, score what is left of them;
--          reached is the grade of the score, highest_grade what the vetoes leave, grade what was given.
with made as (
    select index_name, division, period, sum(points) as points
    from metrics.index_components
    group by index_name, division, period
), deducted as (
    select index_name, division, period, sum(points) as points
    from metrics.index_deductions
    group by index_name, division, period
), vetoed as (
    select index_name, division, period, min(highest_grade) as highest_grade
    from metrics.index_vetoes
    group by index_name, division, period
), reached as (
    select s.index_name, s.division, s.period, max(g.grade) as grade
    from metrics.index_scores as s
    join facts.index_grades as g on g.index_name = s.index_name and s.score >= g.at_least
    group by s.index_name, s.division, s.period
)
select
    s.index_name,
    s.division,
    s.period,
    case when s.score is not null then m.points end as points,
    d.points as deducted,
    s.score,
    r.grade as reached,
    v.highest_grade,
    s.grade
from metrics.index_scores as s
join made as m on m.index_name = s.index_name and m.division = s.division and m.period = s.period
left join deducted as d on d.index_name = s.index_name and d.division = s.division and d.period = s.period
left join vetoed as v on v.index_name = s.index_name and v.division = s.division and v.period = s.period
left join reached as r on r.index_name = s.index_name and r.division = s.division and r.period = s.period
