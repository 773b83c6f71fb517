-- children_sum_to_parent: what a division totals is what the divisions directly below it total.
-- severity fail
-- result   examined, broken; examined = 0 fails too, for a check that looked at nothing proves nothing
-- meaning  counts of reports add up for every metric; numerators and denominators where the metric itself does. A
--          division that reports for itself has nothing below it to add up.
with children as (
    select
        cell, parent_number as number,
        sum(numerator) as numerator, sum(denominator) as denominator,
        sum(reported) as reported, sum(expected) as expected
    from temp.compared_values
    where level <> 'city'
    group by cell, parent_number
), compared as (
    select
        c.number is not null as has_children,
        c.numerator, c.denominator, c.reported, c.expected,
        p.numerator as its_numerator, p.denominator as its_denominator,
        p.reported as its_reported, p.expected as its_expected,
        d.divisions in ('sum', 'count', 'ratio') as is_additive
    from temp.compared_values as p
    join facts.cells as d on d.cell = p.cell
    left join children as c on c.cell = p.cell and c.number = p.number
    where not p.stands
)
select
    count(*) as examined,
    count(*) filter (
        where has_children
          and (
            (is_additive and its_numerator is distinct from numerator)
            or (is_additive and its_denominator is distinct from denominator)
            or its_reported is distinct from reported
            or its_expected is distinct from expected
          )
    ) as broken
from compared
