-- name: compliance_rows
-- Reports due from one division and from each directly below it; forms by name, the division itself first.
select
    c.division, c.form, c.period, c.expected, c.received, c.on_time, c.late, c.missing, c.awaited,
    c.corrected, c.due_on
from marts.compliance as c
where c.period = $period
  and (c.division = $division or c.parent = $division)
  and ($form is null or c.form = $form)
order by c.form, c.division <> $division, c.division
