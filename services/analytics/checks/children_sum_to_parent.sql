-- children_sum_to_parent: what a division totals is what the divisions directly below it total.
-- severity fail
-- result   examined, broken; examined = 0 fails too, for a check that looked at nothing proves nothing
with additive as (
    select v.metric, v.period, v.division, l.parent, v.numerator, v.denominator, v.reported, v.expected
    from metrics.metric_values as v
    join facts.affected as a on a.metric = v.metric and a.period = v.period
    join facts.metric_definitions as d on d.metric = v.metric
    join facts.lineage as l on l.division = v.division
    join facts.compared_divisions as x on x.division = v.division
    where d.divisions in ('sum', 'count', 'ratio')
), children as (
    select
        metric, period, parent,
        sum(numerator) as numerator, sum(denominator) as denominator,
        sum(reported) as reported, sum(expected) as expected
    from additive
    group by metric, period, parent
)
select
    count(*) as examined,
    count(*) filter (
        where p.numerator is distinct from c.numerator
           or p.denominator is distinct from c.denominator
           or p.reported is distinct from c.reported
           or p.expected is distinct from c.expected
    ) as broken
from children as c
join additive as p on p.division = c.parent and p.metric = c.metric and p.period = c.period
where c.parent in (select division from facts.changed_divisions)
