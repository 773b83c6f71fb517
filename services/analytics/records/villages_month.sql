-- villages_month: whether anything was said of a village in the reports that were due in a month.
-- grain    one row a village and month
-- key      division, period
-- inputs   temp.spans, temp.moment, temp.concerned, facts.expected_reports, facts.expected_units,
--          facts.submissions, facts.unheard_units
-- meaning  silent is a village of which the reports of its township that are in have no row, or nothing but nil ones,
--          though rows of it were due. It is not known while one of them may yet come in time, nor where the township
--          sent none at all: then the township is silent. Only villages whose township's rows may be other than before
--          are looked at.
with units as (
    select
        u.division, e.division as reporter, strftime(e.due_on, '%Y-%m') as due_in,
        s.revision is not null as is_in,
        s.revision is not null and q.division is null as is_heard,
        s.revision is null and e.on_time_until >= n.as_of as is_awaited
    from facts.expected_reports as e
    join temp.concerned as c on c.division = e.division
    join facts.expected_units as u on u.form = e.form and u.period = e.period and u.reporter = e.division
    cross join temp.moment as n
    left join facts.submissions as s on s.form = e.form and s.period = e.period and s.division = e.division
    left join facts.unheard_units as q on q.form = u.form and q.period = u.period and q.division = u.division
    where u.division <> e.division
)
select
    u.division,
    'village' as level,
    u.due_in as period,
    case
        when bool_or(u.is_heard) then false
        when bool_or(u.is_in) and not bool_or(u.is_awaited) then true
    end as silent
from units as u
join temp.spans as s on s.division = u.reporter and s.kind = 'month' and s.period = u.due_in
group by u.division, u.due_in
