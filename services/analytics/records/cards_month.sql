-- cards_month: red and yellow cards of a county: its own, and those of its townships and villages.
-- grain    one row a county and month
-- key      division, period
-- inputs   temp.spans, temp.moment, facts.cards, facts.card_events
-- meaning  a card counts as raised in the month in which it was; it is judged there too: whether it was acknowledged
--          by its day, and put right (rectified, or its cause gone so that lifting was proposed) by its day, as
--          soon as either happened or its time is over. One that turned red because nobody acknowledged it was not in
--          time, though it has its days again. While a card's days stand still, and once it is closed, no further day
--          of it passes. A repeat is a further card of the same rule and division.
--          What is open is what stood at the end of the month, or stands today; overdue of it what was not put right.
with lives as (
    select
        c.id,
        min(e.happened_on) filter (where e.event = 'acknowledged') as acknowledged_on,
        min(e.happened_on) filter (where e.event in ('rectified', 'lifting_proposed')) as put_right_on,
        arg_min(e.event, e.id) filter (where e.event in ('acknowledged', 'escalated')) = 'escalated' as was_left_lying,
        case when c.status = 'closed' then max(e.happened_on) end as closed_on,
        arg_min(e.colour, e.id) as first_colour
    from facts.cards as c
    join facts.card_events as e on e.card_id = c.id
    group by c.id, c.status
), running as (
    select l.id, least(n.today, c.paused_on, l.closed_on) as ran_until
    from facts.cards as c
    join lives as l on l.id = c.id
    cross join temp.moment as n
), judged as (
    select
        c.id, concat(left(c.division, 6), '000000') as county, c.raised_on, c.due_on,
        l.closed_on, l.first_colour,
        row_number() over (partition by c.rule, c.division order by c.id) > 1 as is_repeat,
        l.acknowledged_on is not null or l.was_left_lying or c.acknowledge_by < r.ran_until as is_to_acknowledge,
        l.acknowledged_on <= c.acknowledge_by and l.was_left_lying is not true as was_acknowledged_in_time,
        l.put_right_on is not null or c.due_on < r.ran_until as is_to_put_right,
        l.put_right_on <= c.due_on as was_put_right_in_time
    from facts.cards as c
    join lives as l on l.id = c.id
    join running as r on r.id = c.id
), counties as (
    select s.division, s.level, s.period, s.first_on, s.last_on, s.seen_on
    from temp.spans as s
    where s.kind = 'month' and s.level = 'county'
), raised as (
    select
        s.division, s.period,
        count(c.id) as raised,
        count(c.id) filter (where c.first_colour = 'red') as raised_red,
        count(c.id) filter (where c.is_repeat) as repeats,
        count(c.id) filter (where c.is_to_acknowledge) as to_acknowledge,
        count(c.id) filter (where c.was_acknowledged_in_time) as acknowledged_in_time,
        count(c.id) filter (where c.is_to_put_right) as to_put_right,
        count(c.id) filter (where c.was_put_right_in_time) as put_right_in_time
    from counties as s
    left join judged as c on c.county = s.division and c.raised_on between s.first_on and s.last_on
    group by s.division, s.period
), happened as (
    select
        s.division, s.period,
        count(e.id) filter (where e.event = 'acknowledged') as acknowledged,
        count(e.id) filter (where e.event = 'plan_filed') as plans_filed,
        count(e.id) filter (where e.event = 'rectified') as rectified,
        count(e.id) filter (where e.event = 'verified') as verified,
        count(e.id) filter (where e.event = 'returned') as returned,
        count(e.id) filter (where e.event = 'closed') as closed,
        count(e.id) filter (where e.event = 'escalated') as escalated,
        count(e.id) filter (where e.event = 'appealed') as appealed,
        count(e.id) filter (where e.event = 'upheld') as upheld,
        count(e.id) filter (where e.event = 'dismissed') as dismissed
    from counties as s
    left join judged as c on c.county = s.division
    left join facts.card_events as e on e.card_id = c.id and e.happened_on between s.first_on and s.last_on
    group by s.division, s.period
), latest as (
    select
        s.division, s.period, c.id,
        arg_max(e.colour, e.id) as colour,
        date_diff('day', c.raised_on, s.seen_on) as days,
        c.due_on < s.seen_on
            and arg_max(e.event, e.id) filter (where e.event not in ('escalated', 'appealed', 'upheld', 'dismissed'))
            not in ('lifting_proposed', 'rectified', 'verified') as is_overdue
    from counties as s
    join judged as c on c.county = s.division and (c.closed_on is null or c.closed_on > s.seen_on)
    join facts.card_events as e on e.card_id = c.id and e.happened_on <= s.seen_on
    group by s.division, s.period, s.seen_on, c.id, c.raised_on, c.due_on
), stood as (
    select
        division, period,
        count(*) filter (where colour = 'red') as open_red,
        count(*) filter (where colour = 'yellow') as open_yellow,
        count(*) filter (where is_overdue) as open_overdue,
        sum(days) as open_days
    from latest
    group by division, period
)
select
    s.division,
    s.level,
    s.period,
    r.raised,
    r.raised_red,
    r.repeats,
    r.to_acknowledge,
    r.acknowledged_in_time,
    r.to_put_right,
    r.put_right_in_time,
    h.acknowledged,
    h.plans_filed,
    h.rectified,
    h.verified,
    h.returned,
    h.closed,
    h.escalated,
    h.appealed,
    h.upheld,
    h.dismissed,
    case when o.division is null then 0 else o.open_red end as open_red,
    case when o.division is null then 0 else o.open_yellow end as open_yellow,
    case when o.division is null then 0 else o.open_overdue end as open_overdue,
    case when o.division is null then 0 else o.open_days end as open_days
from counties as s
join raised as r on r.division = s.division and r.period = s.period
join happened as h on h.division = s.division and h.period = s.period
left join stood as o on o.division = s.division and o.period = s.period
