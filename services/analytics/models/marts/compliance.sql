-- marts.compliance: who has reported, in time, late or not at all.
-- grain    one row a form, period and division from township to city
-- key      form, period, division
-- inputs   facts.expected_reports, facts.submissions, facts.ancestors, facts.lineage, facts.snapshot
-- refresh  whole
-- meaning  counts of reports. missing: not in though its days of grace are over; awaited: not in, still
--          time. Completeness can never pass 1, for only expected reports are counted.
with reports as (
    select
        e.form, e.period, e.division, e.due_on, s.revision, s.on_time,
        e.on_time_until < n.as_of as is_over
    from facts.expected_reports as e
    cross join facts.snapshot as n
    left join facts.submissions as s on s.form = e.form and s.period = e.period and s.division = e.division
)
select
    r.form,
    r.period,
    a.ancestor as division,
    l.level,
    l.parent,
    count(*) as expected,
    count(r.revision) as received,
    count(*) filter (where r.on_time) as on_time,
    count(*) filter (where not r.on_time) as late,
    count(*) filter (where r.revision is null and r.is_over) as missing,
    count(*) filter (where r.revision is null and not r.is_over) as awaited,
    count(*) filter (where r.revision > 1) as corrected,
    max(r.due_on) as due_on
from reports as r
join facts.ancestors as a on a.division = r.division
join facts.lineage as l on l.division = a.ancestor
group by r.form, r.period, a.ancestor, l.level, l.parent
order by r.form, r.period, a.ancestor
