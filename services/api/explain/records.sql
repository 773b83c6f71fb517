-- name: answers
-- What some reports say of a division; a row with nothing to report is left out.
select submission_id::text, fields::text
from submission_row
where submission_id = any(%(submissions)s::uuid[]) and division = %(division)s and not nil
