-- children_sum_to_parent: what a division totals is what the divisions directly below it total.
-- severity fail
-- result   examined, broken; examined = 0 fails too, for a check that looked at nothing proves nothing
-- meaning  counts of reports add up for every metric, so there is always something to examine; numerators and
--          denominators where the metric itself adds up.
with compared as (
    select
        v.metric, v.period, v.division, v.parent, v.numerator, v.denominator, v.reported, v.expected,
        d.divisions in ('sum', 'count', 'ratio') as is_additive
    from temp.compared_values as v
    join facts.metric_definitions as d on d.metric = v.metric
), children as (
    select
        metric, period, parent,
        sum(numerator) as numerator, sum(denominator) as denominator,
        sum(reported) as reported, sum(expected) as expected
    from compared
    group by metric, period, parent
)
select
    count(*) as examined,
    count(*) filter (
        where (p.is_additive and p.numerator is distinct from c.numerator)
           or (p.is_additive and p.denominator is distinct from c.denominator)
           or p.reported is distinct from c.reported
           or p.expected is distinct from c.expected
    ) as broken
from children as c
join compared as p on p.division = c.parent and p.metric = c.metric and p.period = c.period
where c.parent in (select division from facts.changed_divisions)
