-- name: try_locks
-- Of which keys no other request is running; held until the transaction ends.
select key
from unnest(%(keys)s::text[]) as key
where pg_try_advisory_xact_lock(hashtextextended(%(key_id)s || ' ' || key, 7262))

-- name: stored_answer
select fingerprint, status, media_type, body
from idempotency_key
where key_id = %(key_id)s and idempotency_key = %(idempotency_key)s

-- name: insert_answers
-- The first answer to a key stays.
insert into idempotency_key (key_id, idempotency_key, fingerprint, status, media_type, body, answered_at)
select %(key_id)s, key, fingerprint, status, media_type, body, %(answered_at)s
from unnest(
    %(keys)s::text[], %(fingerprints)s::bytea[], %(statuses)s::int[], %(media_types)s::text[], %(bodies)s::bytea[]
) as answered (key, fingerprint, status, media_type, body)
on conflict do nothing
