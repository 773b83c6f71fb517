-- reporting_month: the reports of a township, or of a county for itself, that were due in a month.
-- grain    one row a division and month
-- key      division, period
-- inputs   temp.spans, temp.moment, temp.concerned, facts.expected_reports, facts.submissions, facts.periods
-- meaning  awaited: not in, still time; missing: not in, and its days of grace are over. Silent is whoever has sent
--          nothing of what was due. late_again counts the forms whose report was late or missing as the one before it
--          was. Neither is known while it may yet turn out otherwise, nor in a month in which nothing was due.
--          Terminals are told apart by the access keys with which they report. Only whoever's rows may be other than
--          before is looked at.
with reports as (
    select
        e.form, e.division, strftime(e.due_on, '%Y-%m') as due_in, p.ordinal, s.revision, s.on_time, s.key_id,
        s.revision is null and e.on_time_until >= n.as_of as is_awaited,
        case when s.revision is not null then not s.on_time else e.on_time_until < n.as_of end as is_late
    from facts.expected_reports as e
    join temp.concerned as c on c.division = e.division
    join facts.periods as p on p.period = e.period
    cross join temp.moment as n
    left join facts.submissions as s on s.form = e.form and s.period = e.period and s.division = e.division
), followed as (
    select
        reports.*,
        is_late and lag(is_late) over (partition by form, division order by ordinal) as is_late_again
    from reports
), counted as (
    select
        s.division, s.period,
        count(r.form) as due,
        count(r.revision) as received,
        count(r.form) filter (where r.on_time) as in_time,
        count(r.form) filter (where not r.on_time) as late,
        count(r.form) filter (where r.is_awaited) as awaited,
        count(r.form) filter (where r.revision > 1) as corrected,
        count(distinct r.key_id) as terminals_seen,
        count(r.form) filter (where r.is_late_again) as late_again
    from temp.spans as s
    join temp.concerned as o on o.division = s.division
    left join followed as r on r.division = s.division and r.due_in = s.period
    where s.kind = 'month'
    group by s.division, s.period
), reporting as (
    select distinct division from reports
)
select
    s.division,
    s.level,
    s.period,
    c.due,
    c.received,
    c.in_time,
    c.late,
    c.awaited,
    c.due - c.received - c.awaited as missing,
    c.corrected,
    c.terminals_seen,
    case
        when c.received > 0 then false
        when c.due > 0 and c.awaited = 0 then true
    end as silent,
    case when c.late_again > 0 or (c.due > 0 and c.awaited = 0) then c.late_again end as late_again
from temp.spans as s
join reporting as r on r.division = s.division
join counted as c on c.division = s.division and c.period = s.period
where s.kind = 'month'
