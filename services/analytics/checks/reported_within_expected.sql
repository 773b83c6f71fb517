-- reported_within_expected: nobody reports more than was asked, and a value rests on at least one report.
-- severity fail
-- result   examined, broken
select
    count(*) as examined,
    count(*) filter (
        where v.reported > v.expected or v.expected < 1 or (v.value is not null and v.reported = 0)
    ) as broken
from temp.compared_values as v
where not v.stands
