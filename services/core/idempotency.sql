-- name: try_lock
-- Whether no other request with this key is running; held until the transaction ends.
select pg_try_advisory_xact_lock(hashtextextended(%(key_id)s || ' ' || %(idempotency_key)s, 7262))

-- name: stored_answer
select fingerprint, status, media_type, body
from idempotency_key
where key_id = %(key_id)s and idempotency_key = %(idempotency_key)s

-- name: insert_answer
-- The first answer to a key stays.
insert into idempotency_key (key_id, idempotency_key, fingerprint, status, media_type, body, answered_at)
values (
    %(key_id)s, %(idempotency_key)s, %(fingerprint)s, %(status)s, %(media_type)s, %(body)s, %(answered_at)s
)
on conflict do nothing
