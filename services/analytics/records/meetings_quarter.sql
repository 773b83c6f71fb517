-- meetings_quarter: the quarterly analysis, by the division that holds it.
-- grain    one row a division and quarter
-- key      division, period
-- inputs   temp.spans, facts.meetings, facts.periods
-- meaning  whether it was held is asked from the first quarter on for which the center knows of one anywhere, and only
--          once the quarter is over.
with asked as (
    select min(p.first_on) as first_on
    from facts.meetings as m
    join facts.periods as p on p.period = m.period
    where m.kind = 'quarterly_analysis' and m.state <> 'cancelled'
), counting as (
    select s.division, s.period, count(m.id) as analyses
    from temp.spans as s
    left join facts.meetings as m
        on m.holder = s.division and m.period = s.period and m.state = 'held' and m.kind = 'quarterly_analysis'
    where s.kind = 'quarter'
    group by s.division, s.period
)
select
    s.division,
    s.level,
    s.period,
    c.analyses,
    case
        when s.last_on < k.first_on or k.first_on is null then null
        when c.analyses > 0 then true
        when s.is_over then false
    end as analysis_held
from temp.spans as s
join counting as c on c.division = s.division and c.period = s.period
cross join asked as k
where s.kind = 'quarter'
