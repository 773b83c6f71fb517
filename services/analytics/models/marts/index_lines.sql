-- marts.index_lines: the score at which the lowest tenth of those below a division ends.
-- grain    one row an index, division from village to city, and period
-- key      index_name, division, period
-- inputs   metrics.index_scores, facts.ancestors
-- refresh  view
-- meaning  tenth is a tenth of those with a score, rounded up; line the score of the first above that many.
--          Who has less is in the lowest tenth; with equal scores on both sides of the line, fewer are. Null
--          where there is nobody above.
select
    n.index_name,
    n.division,
    n.period,
    count(*) as scored,
    max(n.tenth) as tenth,
    max(case when n.place = n.tenth + 1 then n.score end) as line
from (
    select
        s.index_name,
        a.ancestor as division,
        s.period,
        s.score,
        row_number() over (partition by s.index_name, a.ancestor, s.period order by s.score, s.division) as place,
        ceil(count(*) over (partition by s.index_name, a.ancestor, s.period) / 10.0) as tenth
    from metrics.index_scores as s
    join facts.ancestors as a on a.division = s.division
    where s.score is not null
) as n
group by n.index_name, n.division, n.period
