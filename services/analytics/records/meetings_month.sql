-- meetings_month: work meetings, attendance and follow-ups by the division that holds the meetings.
-- grain    one row a division and month
-- key      division, period
-- inputs   temp.spans, facts.meetings, facts.meeting_invitations, facts.meeting_follow_ups, facts.periods
-- meaning  whether the month's work meeting was held is asked from the first month on for which the center knows of
--          one anywhere, and only once the month is over. Attendance counts in the month in which a meeting began,
--          a follow-up in the month of its day. follow_ups_overdue is what stood at the end of the month, or today.
with asked as (
    select min(p.first_on) as first_on
    from facts.meetings as m
    join facts.periods as p on p.period = m.period
    where m.kind = 'work_meeting' and m.state <> 'cancelled'
), counting as (
    select s.division, s.period, count(m.id) as work_meetings
    from temp.spans as s
    left join facts.meetings as m
        on m.holder = s.division and m.period = s.period and m.state = 'held' and m.kind = 'work_meeting'
    where s.kind = 'month'
    group by s.division, s.period
), attended as (
    select
        s.division, s.period,
        count(distinct m.id) as meetings,
        count(i.division) as invited,
        count(i.division) filter (where i.attendance = 'present') as present
    from temp.spans as s
    left join facts.meetings as m
        on m.holder = s.division and m.state = 'held' and m.starts_on between s.first_on and s.last_on
    left join facts.meeting_invitations as i on i.meeting_id = m.id
    where s.kind = 'month'
    group by s.division, s.period
), agreed as (
    select m.holder, f.due_on, f.done_on
    from facts.meeting_follow_ups as f
    join facts.meetings as m on m.id = f.meeting_id
), followed as (
    select
        s.division, s.period,
        count(a.holder) filter (where a.due_on between s.first_on and s.seen_on) as follow_ups,
        count(a.holder) filter (
            where a.due_on between s.first_on and s.seen_on and a.done_on <= a.due_on
        ) as follow_ups_in_time,
        count(a.holder) filter (where a.done_on between s.first_on and s.last_on) as follow_ups_done,
        count(a.holder) filter (
            where a.due_on < s.seen_on and (a.done_on is null or a.done_on > s.seen_on)
        ) as follow_ups_overdue
    from temp.spans as s
    left join agreed as a on a.holder = s.division
    where s.kind = 'month'
    group by s.division, s.period
)
select
    s.division,
    s.level,
    s.period,
    c.work_meetings,
    case
        when s.first_on < k.first_on or k.first_on is null then null
        when c.work_meetings > 0 then true
        when s.is_over then false
    end as work_meeting_held,
    a.meetings,
    a.invited,
    a.present,
    f.follow_ups,
    f.follow_ups_in_time,
    f.follow_ups_done,
    f.follow_ups_overdue
from temp.spans as s
join counting as c on c.division = s.division and c.period = s.period
join attended as a on a.division = s.division and a.period = s.period
join followed as f on f.division = s.division and f.period = s.period
cross join asked as k
where s.kind = 'month'
