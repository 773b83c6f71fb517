-- name: lock
-- One judge at a time, and no step of a person meanwhile: those take this lock's lesser kin first.
lock table card in share row exclusive mode

-- name: open_cards
-- The cards that are not closed, with the value and period they were last judged by.
select
    id, rule, division, period, status, colour, due_on, acknowledge_by, paused_on, lifting_proposed_at, appealed_from,
    (evidence ->> 'value')::double precision as value,
    (evidence ->> 'period_order')::bigint as period_order
from card
where status <> 'closed'

-- name: closed_cards
-- The last card of each of these causes, with the period it was closed for.
select distinct on (c.rule, c.division) c.id, c.rule, c.division, (c.evidence ->> 'period_order')::bigint as period_order
from card as c
join unnest(%(rules)s::text[], %(divisions)s::text[]) as wanted(rule, division)
    on wanted.rule = c.rule and wanted.division = c.division
where c.status = 'closed'
order by c.rule, c.division, c.id desc

-- name: raise_card
with raised as (
    insert into card (
        rule, division, level, colour, status, period, raised_at, due_on, acknowledge_by, previous_card, evidence
    )
    values (
        %(rule)s, %(division)s, %(level)s, %(colour)s, %(status)s, %(period)s, %(at)s, %(due_on)s, %(acknowledge_by)s,
        %(previous_card)s, %(evidence)s
    )
    returning id
)
insert into card_event (card_id, event, at, colour, status, actor, due_on, evidence)
select id, %(event)s, %(at)s, %(colour)s, %(status)s, 'system', %(event_due_on)s, %(evidence)s from raised

-- name: change_card
-- Without a period the card keeps what it was judged by: a card that is proposed for lifting, or that was left
-- lying, stands on the evidence it has.
update card set
    colour = %(colour)s, due_on = %(due_on)s, acknowledge_by = %(acknowledge_by)s, paused_on = %(paused_on)s,
    lifting_proposed_at = %(lifting_proposed_at)s,
    period = coalesce(%(period)s, period), evidence = coalesce(%(evidence)s, evidence),
    revision = revision + 1, transaction_id = (pg_current_xact_id()::text)::bigint
where id = %(id)s

-- name: add_event
insert into card_event (card_id, event, at, colour, status, actor, due_on, evidence)
values (%(id)s, %(event)s, %(at)s, %(colour)s, %(status)s, 'system', %(event_due_on)s, %(event_evidence)s)
