-- marts.index_distribution: how many of those below a division have which grade, or lie in which band.
-- grain    one row an index, division from village to city, period and grade or band
-- key      index_name, division, period, is_scored, grade, band
-- inputs   metrics.index_scores, facts.index_grades, facts.ancestors
-- refresh  view
-- meaning  an index with grades is told by grade (null is below the lowest), one without by bands of ten
--          points, from 0 to 90; is_scored is false for those of which a component is missing.
select
    s.index_name,
    a.ancestor as division,
    s.period,
    s.score is not null as is_scored,
    s.grade,
    case when g.index_name is null then least(floor(s.score / 10) * 10, 90) end as band,
    count(*) as units
from metrics.index_scores as s
join facts.ancestors as a on a.division = s.division
left join (select distinct index_name from facts.index_grades) as g on g.index_name = s.index_name
group by
    s.index_name,
    a.ancestor,
    s.period,
    s.score is not null,
    s.grade,
    case when g.index_name is null then least(floor(s.score / 10) * 10, 90) end
