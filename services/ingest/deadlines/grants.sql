-- name: insert
-- One row when something is expected of the reporter; none otherwise.
insert into reporting_grant (form, period, division, reason, until, at, granted_by, key_id)
select form, period, division, %(reason)s, %(until)s, %(at)s, %(granted_by)s, %(key_id)s
from expected_report
where form = %(form)s and period = %(period)s and division = %(division)s
returning id

-- name: reopenings
-- Reopenings below a prefix, the last first; one of them when it is named.
select g.id, g.form, g.period, g.division,
    (select name from division where code = g.division order by valid_from desc limit 1),
    g.reason, g.until, g.at, g.granted_by
from reporting_grant as g
where g.division like %(prefix)s || '%%'
  and (%(form)s::text is null or g.form = %(form)s)
  and (%(period)s::text is null or g.period = %(period)s)
  and (%(before)s::bigint is null or g.id < %(before)s)
order by g.id desc
limit %(limit)s

-- name: standing
-- One row while a reporter may report again.
select 1
from reporting_grant
where form = %(form)s and period = %(period)s and division = %(division)s and at <= %(now)s and until > %(now)s
limit 1
