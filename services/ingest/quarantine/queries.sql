-- name: keep
insert into quarantine (key_id, received_at, media_type, body, problem, form, period, division)
values (
    %(key_id)s, %(received_at)s, %(media_type)s, %(body)s, %(problem)s::jsonb, %(form)s, %(period)s, %(division)s
)

-- name: throw_away
delete from quarantine where received_at < %(before)s

-- name: refused
-- What keys of divisions below a prefix sent, the last first.
select q.id, q.received_at, k.division,
    (select name from division where code = k.division order by valid_from desc limit 1),
    q.problem ->> 'code', coalesce(jsonb_array_length(q.problem -> 'errors'), 0), q.form, q.period, q.division,
    q.media_type, length(q.body) - %(overhead)s
from quarantine as q
join api_key as k on k.id = q.key_id
where k.division like %(prefix)s || '%%'
  and (%(before)s::bigint is null or q.id < %(before)s)
order by q.id desc
limit %(limit)s

-- name: problem
-- What was answered.
select problem::text from quarantine where id = %(id)s

-- name: body
-- What was sent, sealed, if a key of a division below the prefix sent it; and that division.
select q.body, k.division
from quarantine as q
join api_key as k on k.id = q.key_id
where q.id = %(id)s and k.division like %(prefix)s || '%%'
