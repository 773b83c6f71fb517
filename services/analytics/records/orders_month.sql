-- orders_month: supervision orders by the division they are addressed to, and contact points.
-- grain    one row a division and month
-- key      division, period
-- inputs   temp.spans, temp.moment, facts.orders, facts.order_events, facts.contact_points,
--          facts.metric_definitions, facts.rule_definitions
-- meaning  an order counts in the month of its issue, unless it was withdrawn. It is decided once a reply is in or
--          its day is over, and answered in time when every reply that was due came by its day. awaiting and overdue
--          are what stood at the end of the month, or stands today.
with subjects as (
    select
        o.id,
        coalesce(m.system, r.system) as system
    from facts.orders as o
    left join facts.metric_definitions as m on m.metric = o.metric
    left join facts.rule_definitions as r on r.rule = o.card_rule
), returned as (
    select distinct order_id from facts.order_events where event = 'returned'
), standing as (
    select
        o.id, o.addressee, o.kind, o.issued_on, o.in_time, o.repeats,
        s.system = 'rectification' as is_rectification,
        r.order_id is not null as was_returned,
        o.state in ('issued', 'returned') and o.due_on < n.today as is_overdue
    from facts.orders as o
    join subjects as s on s.id = o.id
    left join returned as r on r.order_id = o.id
    cross join temp.moment as n
    where o.state <> 'withdrawn'
), issued as (
    select
        s.division, s.period,
        count(*) filter (where o.kind = 'order') as orders,
        count(*) filter (where o.kind = 'reminder_letter') as letters,
        count(*) filter (where o.kind = 'site_inspection') as inspections,
        count(*) filter (where o.kind <> 'site_inspection' and o.is_rectification) as rectification_orders,
        count(*) filter (where o.was_returned) as returned,
        count(*) filter (where o.repeats is not null) as repeated,
        count(*) filter (where o.in_time is not null or o.is_overdue) as decided,
        count(*) filter (where o.in_time and not o.is_overdue) as answered_in_time
    from temp.spans as s
    left join standing as o on o.addressee = s.division and o.issued_on between s.first_on and s.last_on
    where s.kind = 'month'
    group by s.division, s.period
), latest as (
    select
        s.division, s.period, s.seen_on, e.order_id,
        arg_max(e.event, e.id) as event,
        arg_max(e.due_on, e.id) as due_on
    from temp.spans as s
    join facts.orders as o on o.addressee = s.division
    join facts.order_events as e on e.order_id = o.id and e.happened_on <= s.seen_on
    where s.kind = 'month'
    group by s.division, s.period, s.seen_on, e.order_id
), stood as (
    select
        division, period,
        count(*) filter (where event in ('issued', 'returned')) as awaiting,
        count(*) filter (where event in ('issued', 'returned') and due_on < seen_on) as overdue
    from latest
    group by division, period
), kept as (
    select s.division, s.period, count(c.id) > 0 as is_contact_point
    from temp.spans as s
    left join facts.contact_points as c
        on c.township = s.division and c.since <= s.seen_on and (c.until is null or c.until > s.seen_on)
    where s.kind = 'month'
    group by s.division, s.period
)
select
    s.division,
    s.level,
    s.period,
    i.orders,
    i.letters,
    i.inspections,
    i.rectification_orders,
    i.returned,
    i.repeated,
    i.decided,
    i.answered_in_time,
    case when d.division is null then 0 else d.awaiting end as awaiting,
    case when d.division is null then 0 else d.overdue end as overdue,
    k.is_contact_point
from temp.spans as s
join issued as i on i.division = s.division and i.period = s.period
join kept as k on k.division = s.division and k.period = s.period
left join stood as d on d.division = s.division and d.period = s.period
where s.kind = 'month'
