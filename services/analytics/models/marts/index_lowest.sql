-- marts.index_lowest: the lowest tenth of those below a division.
-- grain    one row an index, division from village to city, period and reporting division
-- key      index_name, division, period, unit
-- inputs   metrics.index_scores, marts.index_lines, facts.ancestors
-- refresh  view
-- meaning  who has a lower score than the first above the lowest tenth (marts.index_lines).
select l.index_name, l.division, l.period, s.division as unit, s.score, s.grade
from marts.index_lines as l
join facts.ancestors as a on a.ancestor = l.division
join metrics.index_scores as s on s.division = a.division and s.index_name = l.index_name and s.period = l.period
where s.score < l.line
