-- name: lock
-- One judge at a time: findings are compared with cards that nobody else is changing.
lock table card in share row exclusive mode

-- name: open_cards
-- The cards that are not closed, with the value and period they were last judged by.
select
    id, rule, division, colour, status, period,
    (evidence ->> 'value')::double precision as value,
    (evidence ->> 'period_order')::bigint as period_order
from card
where status <> 'closed'

-- name: raise_card
with raised as (
    insert into card (rule, division, level, colour, status, period, raised_at, due_on, evidence)
    values (%(rule)s, %(division)s, %(level)s, %(colour)s, %(status)s, %(period)s, %(at)s, %(due_on)s, %(evidence)s)
    returning id
)
insert into card_event (card_id, event, at, colour, evidence)
select id, %(event)s, %(at)s, %(colour)s, %(evidence)s from raised

-- name: change_card
-- A card that grew stronger has its days again; any other change leaves the deadline alone. One that is
-- proposed for lifting keeps the evidence it stands on: what has recovered is in the event.
update card set
    colour = %(colour)s, status = %(status)s,
    period = case when %(event)s = 'lifting_proposed' then period else %(period)s end,
    evidence = case when %(event)s = 'lifting_proposed' then evidence else %(evidence)s end,
    due_on = case when %(event)s = 'strengthened' then %(due_on)s else due_on end
where id = %(id)s

-- name: add_event
insert into card_event (card_id, event, at, colour, evidence)
values (%(id)s, %(event)s, %(at)s, %(colour)s, %(evidence)s)
